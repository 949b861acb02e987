//go:build backends

package clients

import (
	"path/filepath"
	"testing"
)

// python is Debian's own interpreter: the libraries are Debian's packages, which
// another python3 in the path would not see.
const python = "/usr/bin/python3"

// pythonClients are the libraries of Python. None of them speaks HTTP/2.
var pythonClients = []client{
	{style: "github", name: "PyGithub", says: tooLarge},
	{style: "gitlab", name: "python-gitlab", says: tooLarge},
	{style: "drf", name: "pynetbox", needsAll: true, unasked: labMax, says: tooLarge},
	{style: "drf", name: "pynetbox, threads", needsAll: true, unasked: labMax, threads: true, says: tooLarge},
	{style: "stripe", name: "stripe-python", needsAll: true, before: true, keyed: true, says: tooLarge},
}

func TestWalkPython(t *testing.T) {
	l := startLab(t)
	k := startProgram(t, l, python, filepath.Join("python", "walk.py"))
	proveAll(t, l, pythonClients, k.walk)
}

func TestWalkPythonRefused(t *testing.T) {
	l := startLabWith(t, "over_max reject")
	k := startProgram(t, l, python, filepath.Join("python", "walk.py"))
	proveRefused(t, l, pythonClients, k.walk)
}
