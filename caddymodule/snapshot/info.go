package snapshot

import (
	"slices"
	"time"
)

// An Info is what an operator sees of a snapshot.
type Info struct {
	ID     string
	Label  Label
	Born   time.Time
	Used   time.Time // last
	Size   int64     // in bytes
	Items  int64     // complete ones
	Done   bool      // it has been read to its end
	InUse  bool      // by some request, now
	Shared bool      // other processes find it, too
}

// List tells of all snapshots, the oldest first.
func (m *Manager) List() []Info {
	m.mu.Lock()
	defer m.mu.Unlock()
	infos := make([]Info, 0, len(m.table))
	for _, e := range m.table {
		e.mu.Lock()
		st := e.state()
		e.mu.Unlock()
		_, shared := m.store.(SharedStore)
		infos = append(infos, Info{
			ID: e.id, Label: e.label, Born: e.born, Used: e.used, Size: st.Size, Items: st.Items,
			Done: st.Done, InUse: e.users > 0, Shared: shared,
		})
	}
	slices.SortFunc(infos, func(a, b Info) int { return a.Born.Compare(b.Born) })
	return infos
}

// Drop drops the snapshots of which match says so, and tells how many.
func (m *Manager) Drop(match func(Info) bool) int {
	n := 0
	for _, info := range m.List() {
		if !match(info) {
			continue
		}
		m.mu.Lock()
		for _, e := range m.table {
			if e.id == info.ID {
				m.drop(e, Dropped, ErrGone)
				n++
			}
		}
		m.mu.Unlock()
	}
	return n
}
