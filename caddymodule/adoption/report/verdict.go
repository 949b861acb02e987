package report

import "fmt"

// more is what is known of the clients that are counted together.
type more int

const (
	noMore     more = iota // there are none
	moreUnhurt             // none of them is affected
	moreLosing             // at least one of them would lose data
)

// moreOf looks at the clients of a route, or of all routes if it is empty.
func moreOf(clients []Client, route string) more {
	found := noMore
	for i := range clients {
		c := &clients[i]
		if !c.Together {
			continue
		}
		for _, use := range c.Uses {
			switch {
			case route != "" && use.Route != route:
			case use.Status.loses():
				return moreLosing
			default:
				found = moreUnhurt
			}
		}
	}
	return found
}

// verdictOf is the sentence that a report opens with, without its full stop.
func verdictOf(clients, losing, exempt int, others more) string {
	if clients == 0 && others == noMore {
		return "nobody has asked for a list"
	}
	text := fmt.Sprintf("enforced today, %s of %s would lose data", numberOrNone(losing), plural(int64(clients), "client"))
	switch others {
	case moreLosing:
		text += ", and at least one of those that are counted together"
	case moreUnhurt:
		text += ", and none of those that are counted together"
	}
	switch {
	case exempt == 1:
		text += "; 1 more is exempt for now"
	case exempt > 1:
		text += fmt.Sprintf("; %s more are exempt for now", grouped(int64(exempt)))
	}
	return text
}

func numberOrNone(n int) string {
	if n == 0 {
		return "none"
	}
	return grouped(int64(n))
}
