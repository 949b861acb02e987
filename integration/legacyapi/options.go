package legacyapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DefaultItems is how many orders the list holds unless told otherwise.
const DefaultItems = 1_000_000

// MaxPeriod is the longest Period, since that many orders are kept in memory.
const MaxPeriod = 65_536

// Shape names what one order looks like.
type Shape string

// The shapes. The zero value means Small.
const (
	Small  Shape = "small"  // seven fields, about 150 bytes
	Wide   Shape = "wide"   // fifty fields of every scalar kind, about 1 KB
	Text   Shape = "text"   // long text with every escape JSON knows, about 2 KB
	Nested Shape = "nested" // deep objects, arrays in arrays, empty ones
	Pretty Shape = "pretty" // Small, pretty-printed, as the whole answer is then
)

// Native says which paging parameters the API honours of its own accord.
type Native string

// The ways to page natively. A parameter that is no plain positive number is
// taken for absent, so that a bad limit means the whole list: this is what
// many real servers do, and what a gateway has to reckon with.
const (
	NativeOff    Native = ""       // unbounded, whatever is asked
	NativeOffset Native = "offset" // limit and offset
	NativePage   Native = "page"   // page, counted from one, and per_page
	NativeKey    Native = "key"    // limit and after_id, the id of the order before
)

// Options say what the API serves. The zero value is the demo: a million small
// orders in a root array, chunked, whole, whatever is asked.
type Options struct {
	// Items is how many orders there are; 0 means DefaultItems, and a negative
	// number an empty list.
	Items int

	// Shape is what one order looks like; Small unless told.
	Shape Shape

	// Period is after how many orders the list repeats itself: order i looks as
	// order i modulo Period does, its id included. Those are rendered once and
	// kept, so that sending a long list costs next to nothing; this is for
	// measuring what others make of it. 0: every order is different. At most
	// MaxPeriod.
	Period int

	// Envelope puts the list into an object, with siblings before and behind it:
	// {"api":"legacy","orders":[...],"generated":"...","count":n}.
	Envelope bool

	// Lines makes the list one order a line (NDJSON) instead of an array. There is
	// no envelope around it then, and no order may be Pretty.
	Lines bool

	// Native makes the API page by itself; off unless told.
	Native Native

	// Cap is the most items that a natively paging API gives at once, also to
	// those who ask for none; 0 is no cap.
	Cap int

	// ContentLength announces the body's length instead of chunking it. It costs
	// a first pass over the list, once for each size and shape.
	ContentLength bool

	// Encoding is gzip, zstd or br: the body is encoded so whatever the request
	// accepts. Empty is identity. It excludes ContentLength.
	Encoding string

	// ETag adds a strong entity tag, and answers a matching If-None-Match with 304.
	ETag bool

	// Fault breaks the answer; the zero value doesn't.
	Fault Fault
}

// A setting is one option by name: a flag of the command, and with a leading
// underscore a query parameter that overrides the option for one request.
type setting struct {
	name, help string
	set        func(o *Options, value string) error
}

var settings = []setting{
	{"n", "how many orders there are", func(o *Options, v string) (err error) {
		o.Items, err = strconv.Atoi(v)
		if o.Items == 0 {
			o.Items = -1 // zero orders was asked for, and Items 0 means the default
		}
		return err
	}},
	{"shape", "small, wide, text, nested or pretty", func(o *Options, v string) error {
		o.Shape = Shape(v)
		return nil
	}},
	{"period", "after how many orders the list repeats itself, which makes it cheap to send; 0 for never", func(o *Options, v string) (err error) {
		o.Period, err = strconv.Atoi(v)
		return err
	}},
	{"root", "array, envelope or lines (NDJSON)", func(o *Options, v string) error {
		o.Envelope, o.Lines = v == "envelope", v == "lines"
		return oneOf(v, "array", "envelope", "lines")
	}},
	{"native", "off, offset (honours limit and offset), page (page and per_page) or key (limit and after_id)", func(o *Options, v string) error {
		if o.Native = Native(v); v == "off" {
			o.Native = NativeOff
		}
		return oneOf(v, "off", string(NativeOffset), string(NativePage), string(NativeKey))
	}},
	{"cap", "the most items of a native page, 0 for no cap", func(o *Options, v string) (err error) {
		o.Cap, err = strconv.Atoi(v)
		return err
	}},
	{"length", "chunked or known (sends Content-Length)", func(o *Options, v string) error {
		o.ContentLength = v == "known"
		return oneOf(v, "chunked", "known")
	}},
	{"encoding", "identity, gzip, zstd or br, whatever the request accepts", func(o *Options, v string) error {
		if o.Encoding = v; v == "identity" {
			o.Encoding = ""
		}
		return oneOf(v, "identity", "gzip", "zstd", "br")
	}},
	{"etag", "on or off", func(o *Options, v string) error {
		o.ETag = v == "on"
		return oneOf(v, "on", "off")
	}},
	{"fault", "none, or die, stall, rubbish or short, @ and where: head, an item's number from 0, the same with .5 for inside it, end", func(o *Options, v string) (err error) {
		o.Fault, err = ParseFault(v)
		return err
	}},
}

func oneOf(v string, allowed ...string) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return fmt.Errorf("%q is none of %s", v, strings.Join(allowed, ", "))
}

// EachSetting calls f with every option's name, its help text and a function
// that sets it from text, so that a command can make flags of them.
func (o *Options) EachSetting(f func(name, help string, set func(string) error)) {
	for _, s := range settings {
		f(s.name, s.help, func(v string) error { return s.set(o, v) })
	}
}

// override reads the request's own wishes: _n=10&_shape=wide.
func (o Options) override(query url.Values) (Options, error) {
	for name := range query {
		bare, reserved := strings.CutPrefix(name, "_")
		if !reserved {
			continue
		}
		i := slices.IndexFunc(settings, func(s setting) bool { return s.name == bare })
		if i < 0 {
			return o, fmt.Errorf("reading the query: unknown option %q", name)
		}
		if err := settings[i].set(&o, query.Get(name)); err != nil {
			return o, fmt.Errorf("reading option %q: %w", name, err)
		}
	}
	return o, o.Validate()
}

// Validate finds what no single option can: an unknown shape, a period out of
// bounds, an encoding with a length, an envelope of lines. A request that asks for such a thing is answered with 400.
func (o Options) Validate() error {
	if _, err := o.Shape.append(nil, 0); err != nil {
		return err
	}
	if o.Period < 0 || o.Period > MaxPeriod {
		return fmt.Errorf("reading the period: %d is not between 0 and %d", o.Period, MaxPeriod)
	}
	if o.Lines && (o.Envelope || o.Shape == Pretty) {
		return errors.New("combining options: lines have no envelope, and an order on one line is not pretty")
	}
	announced := o.ContentLength || o.Fault.Kind == Short
	if o.Encoding != "" && announced {
		return fmt.Errorf("combining options: the length of a body in %s is not known beforehand", o.Encoding)
	}
	return nil
}

// order is which order item i of the list is, both from 0.
func (o Options) order(i int) int {
	if o.Period > 0 {
		return i % o.Period
	}
	return i
}

// items is Items with its default.
func (o Options) items() int {
	if o.Items == 0 {
		return DefaultItems
	}
	return max(o.Items, 0)
}
