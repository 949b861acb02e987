package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
)

// peersDir finds the folder with the peers' programs, wherever in the module we
// were started.
func peersDir(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/caddy-paginate/caddy-paginate").Output()
	if err != nil {
		return "", fmt.Errorf("finding the project: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "integration", "bench", "peers"), nil
}

// startNginx starts nginx with its lua module and lua's cjson.
func startNginx(ctx context.Context, l *lab) (string, running, error) {
	// Debian's administrators have sbin in their path, other users do not.
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx"
	}
	for _, needed := range []string{binary, "/usr/lib/nginx/modules/ngx_http_lua_module.so", "/usr/share/lua/5.1/cjson"} {
		if _, err := os.Stat(needed); err != nil {
			return "", nil, fmt.Errorf("%s is %w", needed, errNotInstalled)
		}
	}
	here, err := peersDir(ctx)
	if err != nil {
		return "", nil, err
	}
	config, err := os.ReadFile(filepath.Join(here, "nginx.conf"))
	if err != nil {
		return "", nil, fmt.Errorf("reading nginx's configuration: %w", err)
	}
	// nginx tells nobody which port the kernel gave it either.
	for {
		p, err := tryNginx(ctx, l, binary, string(config))
		if err == nil {
			return p.url, newServer(p), nil
		}
		if !strings.Contains(err.Error(), "Address already in use") {
			return "", nil, err
		}
	}
}

func tryNginx(ctx context.Context, l *lab, binary, config string) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(l.dir, "nginx")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making room for nginx: %w", err)
	}
	// Its workers become another user if they can, who has no access to our files.
	who := ""
	if me, err := user.Current(); err == nil && me.Uid == "0" {
		who = "user " + me.Username + ";"
	}
	file := filepath.Join(dir, "nginx.conf")
	filled := strings.NewReplacer(
		"<<user>>", who,
		"<<upstream>>", strings.TrimPrefix(l.legacy.url, "http://"),
		"<<listen>>", addr,
	).Replace(config)
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		return nil, fmt.Errorf("writing nginx's configuration: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary, "-p", dir, "-c", file, "-e", "stderr")
	return startQuiet(ctx, "nginx", cmd, "http://"+addr)
}

// startNode starts the gateway of Node and json-mask.
func startNode(ctx context.Context, l *lab) (string, running, error) {
	here, err := peersDir(ctx)
	if err != nil {
		return "", nil, err
	}
	modules := filepath.Join(here, ".node", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "json-mask")); err != nil {
		return "", nil, fmt.Errorf("json-mask is %w", errNotInstalled)
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", nil, fmt.Errorf("node is %w", errNotInstalled)
	}
	// It gives up where its heap would grow beyond a bound of its own.
	cmd := exec.CommandContext(ctx, "node", "--max-old-space-size=8192", filepath.Join(here, "node", "server.js"), l.legacy.url)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, fmt.Errorf("starting node: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("starting node: %w", err)
	}
	p := &process{cmd: cmd}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return "", nil, fmt.Errorf("reading node's address: %w", err)
	}
	p.url = strings.TrimSpace(url)
	return p.url, newServer(p), nil
}

// startCaddyJSON builds and starts the Caddy that pages with encoding/json.
func startCaddyJSON(ctx context.Context, l *lab) (string, running, error) {
	here, err := peersDir(ctx)
	if err != nil {
		return "", nil, err
	}
	binary := filepath.Join(l.dir, "caddyjson")
	// As the product is built.
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w",
		"-tags", "nobadger,nomysql,nopgx", "-o", binary, ".")
	build.Dir = filepath.Join(here, "caddyjson")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", nil, fmt.Errorf("building it: %w", err)
	}
	// The lab starts it as it starts every Caddy.
	other := &lab{caddy: binary, dir: l.dir, legacy: l.legacy}
	p, err := other.startCaddy(ctx, "page_json")
	if err != nil {
		return "", nil, err
	}
	return p.url, newServer(p), nil
}

// startQuiet starts a server whose output is only for an error, and waits until
// it answers.
func startQuiet(ctx context.Context, name string, cmd *exec.Cmd, url string) (*process, error) {
	log := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p := &process{cmd: cmd, url: url}
	if err := p.await(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("starting %s: %w\n%s", name, err, log)
	}
	return p, nil
}

// freeAddress is a loopback address that was free a moment ago.
func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("choosing a port: %w", err)
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
