package list

import "github.com/tidwall/gjson"

// A Void is what a body is in which no list has been found.
type Void uint8

const (
	// Other is anything: no object, one that tells of an error, or one that has something
	// else in the list's place.
	Other Void = iota
	// Hiding has what may be the list where it is not looked for.
	Hiding
	// Open has nothing in the list's place, and other members than have stood around the
	// list before.
	Open
	// Empty has null in the list's place, or nothing but what has stood around the list
	// before, and members that say nothing.
	Empty
)

// VoidOf judges a body in which no list has been found at path, as of servers that leave
// empty fields out or write null. around is what has stood around the list in an answer
// before; found says that path is where it was found then, and not named by anybody.
func VoidOf(body, around []byte, path Path, found bool) Void {
	root := gjson.ParseBytes(body)
	if !root.IsObject() || TellsError(body) {
		return Other
	}
	var place gjson.Result
	for i, name := range path.Names() {
		if i == 0 {
			place = root
		}
		place = place.Get(gjson.Escape(name))
	}
	switch {
	case place.Exists() && place.Type == gjson.Null:
		return Empty
	case place.Exists():
		return Other
	case found && hides(root, 0):
		return Hiding
	case within(root, gjson.ParseBytes(around)):
		return Empty
	}
	return Open
}

// within tells whether an object has no members but those of another one, and some that say
// nothing.
func within(object, other gjson.Result) (only bool) {
	only = true
	object.ForEach(func(name, value gjson.Result) bool {
		only = saysNothing(value) || other.Get(gjson.Escape(name.Str)).Exists()
		return only
	})
	return only
}

// Hides tells whether a body has what may be a list: an array at the top of its object, or
// one of objects in the objects there, but no deeper than lists are.
func Hides(body []byte) bool { return hides(gjson.ParseBytes(body), 0) }

// deepest is how many objects are looked for a list in that stand in each other. What is at
// a depth is read once for each object around it.
const deepest = 32

func hides(object gjson.Result, depth int) (found bool) {
	object.ForEach(func(_, value gjson.Result) bool {
		switch {
		case value.IsArray():
			first := value.Get("0")
			found = depth == 0 && first.Exists() || first.IsObject()
		case value.IsObject() && depth < deepest:
			found = hides(value, depth+1)
		}
		return !found
	})
	return found
}

// TellsError tells whether a body says that it is an error, as APIs do that answer with 200
// to everything.
func TellsError(body []byte) bool {
	for _, name := range [...]string{"error", "errors"} {
		if v := gjson.GetBytes(body, name); !saysNothing(v) && v.Raw != "false" && v.Raw != "0" {
			return true
		}
	}
	for _, name := range [...]string{"ok", "success"} {
		if gjson.GetBytes(body, name).Type == gjson.False {
			return true
		}
	}
	return false
}

// saysNothing tells whether a value is missing, or empty.
func saysNothing(v gjson.Result) bool {
	switch v.Raw {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}
