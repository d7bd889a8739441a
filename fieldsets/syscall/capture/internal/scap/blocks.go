package scap

// blockType is the type of a block.
type blockType uint32

// The types of blocks. Those in the range of 0x8000ABCD are from before the types were
// registered.
const (
	sectionHeader blockType = 0x0A0D0D0A
	machineInfo   blockType = 0x201
	fileList      blockType = 0x203
	fileListV2    blockType = 0x218
	ifaceList     blockType = 0x205
	ifaceListV2   blockType = 0x219
	userList      blockType = 0x206
	userListV2    blockType = 0x220
	event         blockType = 0x204
	eventV2       blockType = 0x216
	eventV2Large  blockType = 0x221
	eventF        blockType = 0x208 // with flags
	eventFV2      blockType = 0x217
	eventFV2Large blockType = 0x222
)

// oldTypes maps the types from before the registration to the registered ones.
var oldTypes = map[blockType]blockType{
	0x8002ABCD: machineInfo,
	0x8001ABCD: fileList,
	0x8011ABCD: ifaceList,
	0x8012ABCD: userList,
	0x8010ABCD: event,
	0x8000ABCD: 0x202,
	0x8013ABCD: 0x207,
	0x8014ABCD: 0x209,
}

// processLists maps the types of process lists to their versions.
var processLists = map[blockType]int{
	0x202: 1, 0x207: 2, 0x209: 3, 0x210: 4, 0x211: 5, 0x212: 6, 0x213: 7, 0x214: 8, 0x215: 9,
}

func (t blockType) isEvent() bool {
	switch t {
	case event, eventV2, eventV2Large, eventF, eventFV2, eventFV2Large:
		return true
	}
	return false
}

// isV1 reports whether the number of parameters is missing in an event block.
func (t blockType) isV1() bool { return t == event || t == eventF }

func (t blockType) hasFlags() bool { return t == eventF || t == eventFV2 || t == eventFV2Large }

func (t blockType) isLarge() bool { return t == eventV2Large || t == eventFV2Large }

// Limits of what can be in a capture.
const (
	// maxBlock is the size of event blocks that are not large.
	maxBlock = 1 << 16
	// maxLarge limits the memory for large event blocks.
	maxLarge = 16 << 20
	// Lengths of strings in lists, as in Falco.
	maxPath    = 1024
	maxArgs    = 4096
	maxEnv     = 4096
	maxCgroups = 4096
	maxName    = 255

	blockHeader  = 8
	blockTrailer = 4
)
