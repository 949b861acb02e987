package snapshot

import "sync"

const (
	maxHints    = 1 << 12
	maxHintSize = 256
)

// hints are a few places of items, by keys that the caller knows. The oldest go first. The
// zero value has none. It is safe for concurrent use.
type hints struct {
	mu    sync.Mutex
	items map[string]int64
	order []string // a ring, once it is full
	next  int
}

func (h *hints) add(key []byte, item int64) {
	if len(key) > maxHintSize {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, is := h.items[string(key)]; is {
		h.items[string(key)] = item
		return
	}
	if h.items == nil {
		h.items = map[string]int64{}
	}
	h.items[string(key)] = item
	if len(h.order) < maxHints {
		h.order = append(h.order, string(key))
		return
	}
	delete(h.items, h.order[h.next])
	h.order[h.next] = string(key)
	h.next = (h.next + 1) % maxHints
}

func (h *hints) find(key []byte) (item int64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	item, ok = h.items[string(key)]
	return item, ok
}
