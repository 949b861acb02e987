// Command legacyapi serves the demo legacy API: an unbounded list of orders at
// /orders. The first line that it prints is its URL.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "legacyapi:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var opts legacyapi.Options
	fs := flag.NewFlagSet("legacyapi", flag.ContinueOnError)
	listen := fs.String("listen", "127.0.0.1:9000", "`address` to listen on; with port 0 the kernel chooses one")
	opts.EachSetting(fs.Func)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("reading the command line: unexpected %q", fs.Arg(0))
	}
	if err := opts.Validate(); err != nil {
		return err
	}

	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("opening the port: %w", err)
	}
	fmt.Printf("http://%s\n", ln.Addr())

	srv := &http.Server{Handler: legacyapi.New(opts), ReadHeaderTimeout: 10 * time.Second, Protocols: new(http.Protocols)}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true) // h2c, for those who proxy so
	context.AfterFunc(ctx, func() { srv.Close() })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
