// The program walks lists as programs with the libraries do. It reads jobs, a line of
// JSON each, and prints what came of each: the items' numbers, in the order in which
// they came, or what the library says is wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// A job is a list to walk through.
type job struct {
	Client  string
	Style   string
	Base    string // scheme, host and port, and a path in front of the style's
	List    string // the list's name
	Size    int    // items to ask for a page; 0: leave it to the client
	Reverse bool   // from the list's end to its beginning
	From    string // the number of the item that the way back begins before
}

// A walk is what a client made of a job.
type walk struct {
	IDs   []string `json:"ids"`
	Error string   `json:"error"`
}

// clients read the list of a job, and call got with the number of each item.
var clients = map[string]func(ctx context.Context, j job, got func(id string)) error{
	"go-github":     gitHub,
	"client-go":     gitLab,
	"go-tfe":        terraform,
	"stripe-go":     stripeCustomers,
	"drive":         drive,
	"secretmanager": secrets,
	"oras-go":       oras,
	"kubernetes":    kube,
	"slack-go":      slack,
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	jobs, walks := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var j job
		switch err := jobs.Decode(&j); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading a job: %w", err)
		}
		if err := walks.Encode(do(context.Background(), j)); err != nil {
			return fmt.Errorf("printing a walk: %w", err)
		}
	}
}

func do(ctx context.Context, j job) walk {
	w := walk{IDs: []string{}}
	client, ok := clients[j.Client]
	if !ok {
		w.Error = fmt.Sprintf("there is no client %q here", j.Client)
		return w
	}
	if err := client(ctx, j, func(id string) { w.IDs = append(w.IDs, id) }); err != nil {
		w.Error = err.Error()
	}
	return w
}
