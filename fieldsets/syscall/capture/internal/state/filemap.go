package state

import (
	"iter"
	"slices"
)

// fileMap maps numbers to file descriptors. It keeps them in the order in which the hash table
// of the Falco libs has them, which rules can see in fd.types: that of std::unordered_map in
// GNU's C++ library, whose elements are in one list, those of a bucket next to each other.
//
// The zero value is an empty map.
type fileMap struct {
	nodes   []fileNode
	free    []int32
	buckets []int32 // the node before the first one of the bucket, plus 1; 0 if it is empty
	head    int32   // first node
	count   int
	text    int // bytes of the names
}

type fileNode struct {
	file *File // with the number as key
	num  int64
	next int32
	text int32 // bytes of the names when it was added
}

const (
	noNode   = -1
	headNode = -2 // what is before the first node
)

// bucketCounts are the sizes to which the table grows.
var bucketCounts = [...]int{1, 13, 29, 59, 127, 257, 541, 1109, 2357, 5087}

func (m *fileMap) bucket(num int64) int { return int(uint64(num) % uint64(len(m.buckets))) }

// next returns the node after another one, which can be headNode.
func (m *fileMap) next(node int32) int32 {
	if node == headNode {
		return m.head
	}
	return m.nodes[node].next
}

func (m *fileMap) setNext(node, next int32) {
	if node == headNode {
		m.head = next
	} else {
		m.nodes[node].next = next
	}
}

// The nodes before buckets are stored so that 0 means none.
func encode(node int32) int32 { return node + 3 }
func decode(node int32) int32 { return node - 3 }

// get returns a file descriptor, or nil.
func (m *fileMap) get(num int64) *File {
	if node := m.find(num); node != noNode {
		return m.nodes[node].file
	}
	return nil
}

func (m *fileMap) find(num int64) int32 {
	if m.count == 0 {
		return noNode
	}
	b := m.bucket(num)
	if m.buckets[b] == 0 {
		return noNode
	}
	for node := m.next(decode(m.buckets[b])); node != noNode && m.bucket(m.nodes[node].num) == b; node = m.nodes[node].next {
		if m.nodes[node].num == num {
			return node
		}
	}
	return noNode
}

// set adds or replaces a file descriptor.
func (m *fileMap) set(num int64, f *File) {
	text := int32(len(f.Name) + len(f.RawName))
	m.text += int(text)
	if node := m.find(num); node != noNode {
		m.text -= int(m.nodes[node].text)
		m.nodes[node].file, m.nodes[node].text = f, text
		return
	}
	if len(m.buckets) == 0 {
		m.buckets, m.head = make([]int32, 1), noNode
	}
	if m.count+1 > len(m.buckets) || len(m.buckets) == 1 {
		m.grow()
	}
	node := int32(len(m.nodes))
	if n := len(m.free); n > 0 {
		node, m.free = m.free[n-1], m.free[:n-1]
		m.nodes[node] = fileNode{file: f, num: num, text: text}
	} else {
		m.nodes = append(m.nodes, fileNode{file: f, num: num, text: text})
	}
	m.count++
	b := m.bucket(num)
	if m.buckets[b] != 0 {
		before := decode(m.buckets[b])
		m.nodes[node].next = m.next(before)
		m.setNext(before, node)
		return
	}
	m.nodes[node].next = m.head
	m.head = node
	if next := m.nodes[node].next; next != noNode {
		m.buckets[m.bucket(m.nodes[next].num)] = encode(node)
	}
	m.buckets[b] = encode(headNode)
}

// grow makes the table larger.
func (m *fileMap) grow() {
	size := len(m.buckets)
	for _, n := range bucketCounts {
		if n > len(m.buckets) {
			size = n
			break
		}
	}
	if size == len(m.buckets) {
		size = 2*size + 1
	}
	m.buckets = make([]int32, size)
	node, first := m.head, 0
	m.head = noNode
	for node != noNode {
		next := m.nodes[node].next
		b := m.bucket(m.nodes[node].num)
		if m.buckets[b] == 0 {
			m.nodes[node].next = m.head
			m.head = node
			m.buckets[b] = encode(headNode)
			if m.nodes[node].next != noNode {
				m.buckets[first] = encode(node)
			}
			first = b
		} else {
			before := decode(m.buckets[b])
			m.nodes[node].next = m.next(before)
			m.setNext(before, node)
		}
		node = next
	}
}

// remove removes a file descriptor, if there is one.
func (m *fileMap) remove(num int64) {
	node := m.find(num)
	if node == noNode {
		return
	}
	b := m.bucket(num)
	before := decode(m.buckets[b])
	for m.next(before) != node {
		before = m.next(before)
	}
	next := m.nodes[node].next
	nextBucket := -1
	if next != noNode {
		nextBucket = m.bucket(m.nodes[next].num)
	}
	if before == decode(m.buckets[b]) { // the first one of the bucket
		if nextBucket != b {
			if next != noNode {
				m.buckets[nextBucket] = m.buckets[b]
			}
			m.buckets[b] = 0
		}
	} else if next != noNode && nextBucket != b {
		m.buckets[nextBucket] = encode(before)
	}
	m.setNext(before, next)
	m.text -= int(m.nodes[node].text)
	m.nodes[node] = fileNode{next: noNode}
	m.free = append(m.free, node)
	m.count--
}

// all yields the file descriptors in the order of the table. The current one may be removed.
func (m *fileMap) all() iter.Seq2[int64, *File] {
	return func(yield func(int64, *File) bool) {
		if m.count == 0 {
			return
		}
		for node := m.head; node != noNode; {
			n := m.nodes[node]
			if !yield(n.num, n.file) {
				return
			}
			node = n.next
		}
	}
}

// copied returns a copy of the map. If times is not 0, it has the order of a copy that was made
// that many times by adding all elements to an empty map.
func (m *fileMap) copied(times int) fileMap {
	c := fileMap{
		nodes: slices.Clone(m.nodes), free: slices.Clone(m.free), buckets: slices.Clone(m.buckets), head: m.head, count: m.count, text: m.text,
	}
	// Copies of copies have one of a few orders, so that many copies cannot take forever.
	const most = 16
	for range min(times, most) {
		var next fileMap
		for num, f := range c.all() {
			next.set(num, f)
		}
		c = next
	}
	return c
}
