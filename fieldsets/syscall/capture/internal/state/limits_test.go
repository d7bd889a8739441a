package state

import "testing"

// TestThreadText checks that the texts of threads are counted until they go.
func TestThreadText(t *testing.T) {
	s := New()
	a := newThread()
	a.TID, a.PID, a.PTID, a.Comm, a.Exe = 5, 5, 1, "abc", "/bin/abc"
	if !s.addThread(a) || s.threadText != 11 {
		t.Errorf("%d bytes, want 11", s.threadText)
	}
	a.Args = List{"x", 1}
	if s.weigh(a); s.threadText != 12 {
		t.Errorf("%d bytes after a change, want 12", s.threadText)
	}
	s.threadText = maxThreadText + 1
	if s.weigh(a); a.Comm != missing || s.Dropped != 1 {
		t.Errorf("the name is %q without room for it", a.Comm)
	}
	s.threadText = 0
	if s.forget(a); s.threadText != 0 {
		t.Errorf("%d bytes at the end", s.threadText)
	}
}

// TestUserText checks that the texts of users are counted.
func TestUserText(t *testing.T) {
	s := New()
	key := userKey{"box", 7}
	for _, u := range []User{{Name: "ann", Home: "/"}, {Name: "bob"}} {
		s.setUserInfo(s.users.users, key, u)
	}
	if s.users.text != 6 || s.users.users[key].Name != "bob" {
		t.Errorf("%d bytes, want 6", s.users.text)
	}
	s.users.text = maxUserText
	if s.setUserInfo(s.users.groups, userKey{"", 1}, User{Name: "x"}); s.Dropped != 1 || len(s.users.groups) != 0 {
		t.Error("a group was added without room for it")
	}
	s.users.text = 6
	if s.removeUserInfo(s.users.users, key); s.users.text != 0 || len(s.users.users) != 0 {
		t.Errorf("%d bytes at the end", s.users.text)
	}
}

// TestContainerText checks that the descriptions of containers are counted.
func TestContainerText(t *testing.T) {
	s := New()
	c := &s.containers
	c.add(s, &Container{ID: "a", text: 10})
	c.add(s, &Container{ID: "a", text: 30})
	c.add(s, &Container{ID: "b", text: maxContainerText})
	if c.text != 30 || s.Dropped != 1 || c.byID["b"] != nil {
		t.Errorf("%d bytes, want 30", c.text)
	}
	c.remove("a")
	if c.remove("a"); c.text != 0 {
		t.Errorf("%d bytes at the end", c.text)
	}
}
