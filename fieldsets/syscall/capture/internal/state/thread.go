package state

import (
	"iter"
	"math"

	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
)

// Flags of threads, in Falco's numbering.
const (
	cloneFiles    = 1 << 0
	cloneNewPID   = 1 << 6
	cloneParent   = 1 << 8
	cloneThread   = 1 << 13
	cloneInverted = 1 << 16 // the return in the child came first
	closed        = 1 << 18
	active        = 1 << 19
	cloneNewUser  = 1 << 20
	pipeSource    = 1 << 21
	pipeDest      = 1 << 22
	cloneVFork    = 1 << 27
	childInPIDNS  = 1 << 29
	mainThread    = 1 << 30
)

// NoID is the user or group ID of nobody.
const NoID = math.MaxUint32

// Thread is a thread. A process is its main thread.
type Thread struct {
	TID, PID, PTID   int64
	SID, VPGID, PGID int64
	VTID, VPID       int64
	Comm, Exe        string
	ExePath          string
	Args, Env        List
	CWD, Root        string // of the main thread
	Cgroups          *Cgroups
	FDLimit          int64
	UID, GID         uint32
	LoginUID         uint32
	TTY              uint32
	VMSize           uint32 // in kB, as the following ones
	VMRSS, VMSwap    uint32
	MajorFaults      uint64
	MinorFaults      uint64
	CapInheritable   uint64
	CapPermitted     uint64
	CapEffective     uint64
	ExeIno           uint64
	ExeCtime         uint64 // times are in nanoseconds since 1970
	ExeMtime         uint64
	CtimeToClone     uint64 // from the change of the executable to the start of the process
	PIDNSToCtime     uint64
	PIDNSStart       uint64
	CloneTime        uint64
	ExeWritable      bool
	ExeUpper         bool
	ExeLower         bool
	ExeMemfd         bool
	ContainerID      string // "" for the host
	TotalCPU         [3]uint64
	TotalExec        uint64
	lastFD           int64
	lastCode         int32 // of the last enter event, or -1
	lastValid        bool  // whether that was the entry of the current call
	last             saved
	flags            uint32
	files            *files
	group            *group
	parent, child    *Thread // the first child
	older, younger   *Thread // siblings
	reaper           int64
	removed          bool // no longer in the table
	text             int  // bytes of the texts, as they count for maxThreadText
}

// group has the threads of a process, the main thread first.
type group struct {
	threads []*Thread
	alive   int
	reaper  bool // whether it gets the children of dead processes
}

func newThread() *Thread {
	return &Thread{
		PID: -1, PTID: -1, SID: -1, VPGID: -1, PGID: -1, VTID: -1, VPID: -1, UID: NoID, GID: NoID, LoginUID: NoID,
		FDLimit: -1, lastCode: -1, reaper: -1,
	}
}

// IsMain reports whether the thread is the main thread of its process.
func (t *Thread) IsMain() bool { return t.TID == t.PID || t.flags&mainThread != 0 }

// invalid reports whether little is known about the thread.
func (t *Thread) invalid() bool { return t.TID < 0 || t.PID < 0 || t.PTID < 0 }

func (t *Thread) dead() bool { return t.flags&closed != 0 }

// inPIDNS reports whether the thread is in a PID namespace of its own.
func (t *Thread) inPIDNS() bool {
	return t.flags&childInPIDNS != 0 || t.TID != t.VTID && t.VTID >= 0
}

// Main returns the main thread of the process, or nil if it is not known.
func (t *Thread) Main() *Thread {
	switch {
	case t.IsMain():
		return t
	case t.group == nil:
		return nil
	}
	if first := t.group.threads[0]; !first.removed && first.IsMain() {
		return first
	}
	return nil
}

// holder returns the thread with the file descriptors of the process, or nil.
func (t *Thread) holder() *Thread {
	if t.flags&cloneFiles == 0 {
		return t
	}
	return t.Main()
}

// File returns a file descriptor of the process, or nil.
func (t *Thread) File(num int64) *File {
	if num < 0 {
		return nil
	}
	if holder := t.holder(); holder != nil {
		return holder.files.find(num)
	}
	return nil
}

// Files yields the file descriptors of the process of t.
func (s *State) Files(t *Thread) iter.Seq[*File] {
	return func(yield func(*File) bool) {
		holder := t.holder()
		if holder == nil || holder.files == nil {
			return
		}
		for _, f := range s.own(holder).all() { // an own table has the right order
			if !yield(f) {
				return
			}
		}
	}
}

// OpenFiles returns the number of file descriptors of the process.
func (t *Thread) OpenFiles() int {
	if m := t.Main(); m != nil {
		return m.files.len()
	}
	return 0
}

// LastFD returns the number of the file descriptor of the event, or -1.
func (t *Thread) LastFD() int64 { return t.lastFD }

// Dir returns the working directory of the process.
func (t *Thread) Dir() string {
	if m := t.Main(); m != nil {
		return m.CWD
	}
	return "./"
}

// Environment returns the environment of the process.
func (t *Thread) Environment() List {
	if m := t.Main(); m != nil {
		return m.Env
	}
	return t.Env
}

// Threads returns the number of living threads of the process, and without the main one.
func (t *Thread) Threads() (all, others int) {
	if t.group == nil {
		return 0, 0
	}
	all = t.group.alive
	if m := t.Main(); m != nil && !m.dead() {
		return all, all - 1
	}
	return all, all
}

// Limit returns the limit of file descriptors of the process.
func (t *Thread) Limit() int64 {
	if m := t.Main(); m != nil {
		return m.FDLimit
	}
	return 0
}

// maxThreads limits the threads of a machine, as in the Falco libs.
const maxThreads = 131072

// maxThreadText limits the bytes of the texts of all threads.
const maxThreadText = 512 << 20

// Thread returns the thread with an ID, or nil.
func (s *State) Thread(tid int64) *Thread {
	if s.cached != nil && s.cached.TID == tid && !s.cached.removed {
		return s.cached
	}
	t := s.threads[tid]
	if t != nil {
		s.cached = t
	}
	return t
}

// lookup returns the thread with an ID and makes one up if it is not known. It returns nil if
// there is no room.
func (s *State) lookup(tid int64) *Thread {
	if t := s.Thread(tid); t != nil {
		return t
	}
	t := newThread()
	t.TID, t.Comm, t.Exe = tid, missing, missing
	if !s.addThread(t) {
		return nil
	}
	return t
}

// addThread adds a thread to the table.
func (s *State) addThread(t *Thread) bool {
	if len(s.threads) >= maxThreads {
		s.Dropped++
		return false
	}
	s.relate(t)
	s.put(t)
	return true
}

// put adds a thread, which replaces one with the same ID.
func (s *State) put(t *Thread) {
	if old := s.threads[t.TID]; old != nil {
		s.forget(old)
	}
	s.threads[t.TID] = t
	s.weigh(t)
}

// weigh counts the texts of a thread in the table. If there is no room for them, it loses the
// long ones. Texts that threads share count for each.
func (s *State) weigh(t *Thread) {
	if t.removed || s.threads[t.TID] != t {
		return
	}
	s.threadText -= t.text
	t.text = len(t.Exe) + len(t.Comm) + len(t.ExePath) + len(t.Args.text) + len(t.Env.text)
	if t.Cgroups != nil {
		t.text += 2 * len(t.Cgroups.raw)
	}
	if s.threadText+t.text > maxThreadText {
		s.Dropped++
		t.Exe, t.Comm, t.ExePath, t.Args, t.Env, t.Cgroups, t.text = missing, missing, missing, List{}, List{}, nil, 0
	}
	s.threadText += t.text
}

// relate adds a thread to its process and to its parent.
func (s *State) relate(t *Thread) {
	if t.invalid() || t.group != nil {
		return
	}
	g := s.groups[t.PID]
	switch {
	case g == nil:
		g = &group{threads: []*Thread{t}, alive: 1, reaper: t.PID == 1 || t.VPID == 1}
		s.groups[t.PID] = g
	case t.IsMain():
		g.threads = append([]*Thread{t}, g.threads...)
		g.alive++
	default:
		g.threads = append(g.threads, t)
		g.alive++
	}
	t.group = g
	if t.PID == 1 {
		return
	}
	parent := s.Thread(t.PTID)
	if parent == nil || parent.invalid() {
		t.PTID = 0
		return
	}
	parent.adopt(t)
}

// adopt makes child a child of t.
func (t *Thread) adopt(child *Thread) {
	child.leave()
	child.PTID, child.parent = t.TID, t
	if child.older = t.child; t.child != nil {
		t.child.younger = child
	}
	t.child = child
}

// leave removes t from the children of its parent.
func (t *Thread) leave() {
	if t.parent == nil {
		return
	}
	if t.younger != nil {
		t.younger.older = t.older
	} else {
		t.parent.child = t.older
	}
	if t.older != nil {
		t.older.younger = t.younger
	}
	t.parent, t.older, t.younger = nil, nil, nil
}

// died counts a thread as dead.
func (g *group) died() {
	g.alive--
	const many = 11
	if len(g.threads)-g.alive < many {
		return
	}
	kept := g.threads[:0]
	for i, t := range g.threads {
		if !t.removed || i == 0 && len(g.threads) == 1 {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		kept = g.threads[:1]
	}
	clear(g.threads[len(kept):])
	g.threads = kept
}

// removeThread removes a thread after its exit. The children get another parent.
func (s *State) removeThread(tid int64) {
	t := s.Thread(tid)
	if t == nil {
		return
	}
	if t.invalid() || t.group == nil {
		s.forget(t)
		return
	}
	if !t.dead() {
		t.group.died()
		t.flags |= closed
	}
	if t.child != nil {
		s.reparent(t)
	}
	if t.group.alive == 0 {
		delete(s.groups, t.PID)
		if m := s.threads[t.PID]; m != nil {
			s.forget(m)
		}
	}
	if !t.IsMain() {
		s.forget(t)
	}
}

// forget removes a thread from the table.
func (s *State) forget(t *Thread) {
	if t.removed {
		return
	}
	s.threadText -= t.text
	t.removed, t.text = true, 0
	t.leave()
	for c := t.child; c != nil; {
		next := c.older
		c.parent, c.older, c.younger = nil, nil, nil
		c = next
	}
	t.child = nil
	s.release(t)
	if s.threads[t.TID] == t {
		delete(s.threads, t.TID)
	}
	if s.cached == t {
		s.cached = nil
	}
}

// reparent gives the children of a dead thread to the reaper that the kernel named, or that
// it would have chosen.
func (s *State) reparent(t *Thread) {
	var reaper *Thread
	if t.reaper > 0 {
		reaper = s.lookup(t.reaper)
	}
	if reaper == nil || reaper.invalid() {
		reaper = s.findReaper(t)
	}
	if reaper == t {
		reaper = nil
	}
	if reaper != nil {
		t.reaper = reaper.TID
		if reaper.PID != t.PID && reaper.group != nil {
			reaper.group.reaper = true
		}
	}
	for c := t.child; c != nil; {
		next := c.older
		if reaper == nil {
			c.leave()
			c.PTID = 0
		} else {
			reaper.adopt(c)
		}
		c = next
	}
}

// findReaper returns another thread of the process, or the nearest ancestor that is a
// reaper, or nil.
func (s *State) findReaper(t *Thread) *Thread {
	if t.group != nil && t.group.alive > 0 {
		if other := t.group.living(t); other != nil {
			return other
		}
	}
	p := s.Thread(t.PTID)
	for range maxAncestors {
		if p == nil || p == t || p.inPIDNS() != t.inPIDNS() {
			return nil
		}
		if p.group != nil && p.group.reaper && p.group.alive > 0 {
			if other := p.group.living(nil); other != nil {
				return other
			}
		}
		p = s.Thread(p.PTID)
	}
	return nil
}

// living returns the first living thread other than t, or nil.
func (g *group) living(t *Thread) *Thread {
	for _, other := range g.threads {
		if !other.removed && !other.dead() && other != t {
			return other
		}
	}
	return nil
}

// maxAncestors limits the ancestors of a process, so that work on them is bounded.
const maxAncestors = 4096

// Parent returns the parent of a process, or nil.
func (s *State) Parent(t *Thread) *Thread { return s.Thread(t.PTID) }

// Ancestor returns the main thread of the nth ancestor of a process, or nil: 0 is the process
// itself, 1 its parent.
func (s *State) Ancestor(t *Thread, n int64) *Thread {
	m := t.Main()
	for i := int64(0); i < n && m != nil; i++ {
		if i >= maxAncestors {
			return nil
		}
		if m = s.Thread(m.PTID); m != nil {
			m = m.Main()
		}
	}
	return m
}

// Ancestors calls visit for the ancestors of a process, the parent first, until it returns
// false. It stops if they form a circle.
func (s *State) Ancestors(t *Thread, visit func(*Thread) bool) {
	slow := s.Thread(t.PTID)
	next := func(t *Thread) *Thread {
		if t == nil {
			return nil
		}
		return s.Thread(t.PTID)
	}
	fast := next(slow)
	for range maxAncestors {
		if slow == nil || slow.TID == -1 || !visit(slow) {
			return
		}
		slow = next(slow)
		for range 2 {
			fast = next(fast)
			if slow != nil && (slow == fast || slow.TID == slow.PTID) {
				return
			}
		}
	}
}

// Leader returns the leader of a session or a process group: the thread with the ID that
// idOf returns for t, or the oldest ancestor with the same ID. A virtual ID is one inside a
// PID namespace.
func (s *State) Leader(t *Thread, idOf func(*Thread) int64, virtual bool) *Thread {
	id := idOf(t)
	if id == -1 {
		return nil
	}
	if !virtual || !t.inPIDNS() {
		if leader := s.Thread(id); leader != nil {
			return leader
		}
	}
	var leader *Thread
	s.Ancestors(t, func(p *Thread) bool {
		if idOf(p) != id {
			return false
		}
		leader = p
		return true
	})
	return leader
}

// exits remembers which threads ended lately.
type exits struct {
	ring [8192]struct {
		tid, ptid uint32
		time      uint64
	}
	next int
}

func (e *exits) add(tid, ptid int64, time uint64) {
	r := &e.ring[e.next]
	r.tid, r.ptid, r.time = uint32(tid), uint32(ptid), time
	e.next = (e.next + 1) % len(e.ring)
}

// recent is the time in nanoseconds in which events of the start and the end of a thread may
// be in the wrong order.
const recent = 2e9

func (e *exits) has(tid, ptid int64, time uint64) bool {
	for i := range e.ring {
		r := &e.ring[i]
		if r.tid == uint32(tid) && r.ptid == uint32(ptid) && time >= r.time && time-r.time < recent {
			return true
		}
	}
	return false
}

// saved is a copy of an event.
type saved struct {
	code   int32 // or -1
	params [][]byte
	text   []byte
}

func (e *saved) set(ev *scap.Event) {
	e.code, e.params, e.text = int32(ev.Info.Code), e.params[:0], e.text[:0]
	for _, p := range ev.Params {
		e.text = append(e.text, p...)
	}
	rest := e.text
	for _, p := range ev.Params {
		e.params = append(e.params, rest[:len(p):len(p)])
		rest = rest[len(p):]
	}
}

func (e *saved) param(i int) []byte {
	if i < len(e.params) {
		return e.params[i]
	}
	return nil
}
