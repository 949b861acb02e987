//go:build backends

package clients

import (
	"path/filepath"
	"testing"
)

// ruby is Debian's own interpreter, for the same reason.
const ruby = "/usr/bin/ruby"

// rubyClients are the libraries of Ruby.
var rubyClients = []client{
	{style: "github", name: "ruby-octokit", backwards: true, unasked: 100, says: tooLarge},
}

func TestWalkRuby(t *testing.T) {
	l := startLab(t)
	k := startProgram(t, l, ruby, filepath.Join("ruby", "walk.rb"))
	proveAll(t, l, rubyClients, k.walk)
}

func TestWalkRubyRefused(t *testing.T) {
	l := startLabWith(t, "over_max reject")
	k := startProgram(t, l, ruby, filepath.Join("ruby", "walk.rb"))
	proveRefused(t, l, rubyClients, k.walk)
}
