package main

import "slices"

// A page is one of those that have numbers, as a library tells of it.
type page struct {
	ids              []string
	prev, next, last int // the numbers of other pages, 0 if there are none
}

// walkBack walks from the list's end to its beginning, by the numbers that each page
// tells: the first one, which read is asked for as page 0, tells of the last.
func walkBack(read func(number int) (page, error), got func(id string)) error {
	first, err := read(0)
	if err != nil {
		return err
	}
	tell := func(ids []string) {
		for _, id := range slices.Backward(ids) {
			got(id)
		}
	}
	for number := first.last; number > 1; {
		at, err := read(number)
		if err != nil {
			return err
		}
		tell(at.ids)
		number = at.prev
	}
	tell(first.ids)
	return nil
}

// walkOn walks from the list's beginning to its end.
func walkOn(read func(number int) (page, error), got func(id string)) error {
	for number := 0; ; {
		at, err := read(number)
		if err != nil {
			return err
		}
		for _, id := range at.ids {
			got(id)
		}
		if number = at.next; number == 0 {
			return nil
		}
	}
}
