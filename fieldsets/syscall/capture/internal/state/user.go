package state

import (
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

// User is a user or, with just a name, a group.
type User struct{ Name, Home, Shell string }

// userKey identifies a user or a group. The container is "" for those of the host.
type userKey struct {
	container string
	id        uint32
}

type users struct {
	users, groups map[userKey]*User
	text          int // bytes of all texts
}

func (u *users) reset() { *u = users{users: map[userKey]*User{}, groups: map[userKey]*User{}} }

// maxUsers limits the users, and the groups. maxUserText limits the bytes of their texts.
const (
	maxUsers    = 1 << 20
	maxUserText = 64 << 20
)

// size returns the bytes of the texts of a user, or 0 for nil.
func (u *User) size(key userKey) int {
	if u == nil {
		return 0
	}
	return len(u.Name) + len(u.Home) + len(u.Shell) + len(key.container)
}

// ignored reports whether a name is not that of a user, but a directive for another database.
func ignored(name string) bool { return name != "" && (name[0] == '+' || name[0] == '-') }

func (s *State) setUserInfo(to map[userKey]*User, key userKey, u User) {
	old := to[key]
	text := s.users.text + u.size(key) - old.size(key)
	if old == nil && len(to) >= maxUsers || text > maxUserText {
		s.Dropped++
		return
	}
	s.users.text = text
	to[key] = &u
}

func (s *State) removeUserInfo(from map[userKey]*User, key userKey) {
	s.users.text -= from[key].size(key)
	delete(from, key)
}

// AddUser adds a user from the list at the start of a capture.
func (s *State) AddUser(u *scap.User) {
	if name := s.text(u.Name); !ignored(name) {
		s.setUserInfo(s.users.users, userKey{"", u.ID}, User{name, s.text(u.Home), s.text(u.Shell)})
	}
}

// AddGroup adds a group from the list at the start of a capture.
func (s *State) AddGroup(u *scap.User) {
	if name := s.text(u.Name); !ignored(name) {
		s.setUserInfo(s.users.groups, userKey{"", u.ID}, User{Name: name})
	}
}

// User returns a user as a process sees it, or nil if it is not known.
func (s *State) User(t *Thread, id uint32) *User { return s.users.users[userKey{t.ContainerID, id}] }

// Group returns a group as a process sees it, or nil if it is not known.
func (s *State) Group(t *Thread, id uint32) *User { return s.users.groups[userKey{t.ContainerID, id}] }

// containerOf returns the ID of the container in a parameter.
func (s *State) containerOf(param int) string {
	if id := s.string(param); id != missing {
		return id
	}
	return ""
}

func (s *State) userEvent() {
	key := userKey{s.containerOf(5), s.uint32(0)}
	if s.is(table.UserDeletedE) {
		s.removeUserInfo(s.users.users, key)
	} else if name := s.string(2); !ignored(name) {
		s.setUserInfo(s.users.users, key, User{name, s.string(3), s.string(4)})
	}
}

func (s *State) groupEvent() {
	key := userKey{s.containerOf(2), s.uint32(0)}
	if s.is(table.GroupDeletedE) {
		s.removeUserInfo(s.users.groups, key)
	} else if name := s.string(1); !ignored(name) {
		s.setUserInfo(s.users.groups, key, User{Name: name})
	}
}
