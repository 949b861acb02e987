package adoption

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// codecVersion is that of an entry's format: JSON, gzipped if it is long.
	codecVersion = 1

	// longEntry is from how many bytes on an entry is gzipped.
	longEntry = 4 << 10

	// longestEntry is how many bytes an entry may have when it is unzipped:
	// several times what the most clients take that can be configured sensibly.
	longestEntry = 1 << 30
)

// errVersion says that an entry was written by another version of the module. It
// is no damage: an instance that is newer may share the storage.
var errVersion = errors.New("unknown version")

// An entry is a Period as it is stored.
type entry struct {
	Version int              `json:"version"`
	Start   time.Time        `json:"start"`
	Seconds int64            `json:"seconds"`
	Merged  []string         `json:"merged,omitempty"` // names of the entries that are in it
	Floor   map[string]int64 `json:"floor,omitempty"`
	Rows    []entryRow       `json:"rows"`
}

type entryRow struct {
	Key
	Usage
}

func encodeEntry(p *Period, merged []string) ([]byte, error) {
	e := entry{
		Version: codecVersion, Start: p.Start, Seconds: int64(p.Length / time.Second),
		Merged: merged, Floor: p.Floor, Rows: make([]entryRow, 0, len(p.Rows)),
	}
	for key, usage := range p.Rows {
		e.Rows = append(e.Rows, entryRow{key, *usage})
	}
	data, err := json.Marshal(e)
	if err != nil || len(data) < longEntry {
		return data, err
	}
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zipped.Bytes(), nil
}

// decodeEntry reads what encodeEntry has written. It never trusts it: a file may
// be cut, or not ours.
func decodeEntry(data []byte) (p *Period, merged []string, err error) {
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		if data, err = unzip(data); err != nil {
			return nil, nil, fmt.Errorf("unzipping: %w", err)
		}
	}
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, nil, fmt.Errorf("decoding: %w", err)
	}
	if e.Version != codecVersion {
		return nil, nil, fmt.Errorf("decoding: %w %d", errVersion, e.Version)
	}
	if p, err = e.period(); err != nil {
		return nil, nil, fmt.Errorf("decoding: %w", err)
	}
	return p, e.Merged, nil
}

func unzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	data, err = io.ReadAll(io.LimitReader(r, longestEntry+1))
	if err == nil && len(data) > longestEntry {
		err = fmt.Errorf("more than %d bytes", longestEntry)
	}
	return data, err
}

func (e *entry) period() (*Period, error) {
	length := time.Duration(e.Seconds) * time.Second
	if e.Seconds != int64(Hour/time.Second) && e.Seconds != int64(Day/time.Second) {
		return nil, fmt.Errorf("a period of %d seconds", e.Seconds)
	}
	p := NewPeriod(e.Start, length)
	if !p.Start.Equal(e.Start) {
		return nil, fmt.Errorf("a period that begins at %s", e.Start)
	}
	for route, floor := range e.Floor {
		if floor < 0 {
			return nil, fmt.Errorf("a negative floor of route %q", route)
		}
		p.Floor[route] = floor
	}
	for i := range e.Rows {
		row := &e.Rows[i]
		if row.Usage.broken() {
			return nil, fmt.Errorf("numbers that cannot be, in row %d", i)
		}
		if _, twice := p.Rows[row.Key]; twice {
			return nil, fmt.Errorf("a key that comes twice, in row %d", i)
		}
		p.Rows[row.Key] = &row.Usage
	}
	return p, nil
}

// broken tells whether numbers contradict each other.
func (u *Usage) broken() bool {
	for _, part := range []int64{u.Compliant, u.Affected, u.Rejected, u.Notices, u.Unordered} {
		if part < 0 || part > u.Requests {
			return true
		}
	}
	return u.Missed < 0 || u.Upstream < 0 || u.MostItems < 0 || u.MostBytes < 0 || u.Last.Before(u.First)
}
