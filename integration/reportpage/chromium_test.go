//go:build backends

package reportpage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds each wait for the browser.
const patience = time.Minute

// A browser is a Chromium that is told what to do by the DevTools protocol over
// a pipe (https://chromedevtools.github.io/devtools-protocol/): JSON texts, each
// with a NUL behind it.
type browser struct {
	to      io.Writer
	session string // the tab's

	mu      sync.Mutex
	last    int
	waiting map[int]chan answer
	loaded  chan struct{} // has an element for each page that was loaded
	seen    []string      // what the console has been told, and which addresses were asked for
	ended   chan struct{}
}

type answer struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// tries is how often a browser is started that ends before it has shown a tab:
// now and then Chromium does, on machines that have much else to do.
const tries = 3

// open starts a browser with an empty profile, and ends it with the test.
func open(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: ./xcaddy.sh test installs what these tests need and runs them", err)
	}
	for try := 1; ; try++ {
		b := start(t, program)
		err := b.openTab()
		if err == nil {
			return b
		}
		if try == tries {
			t.Fatal(err)
		}
		t.Logf("start %d of Chromium: %v", try, err)
	}
}

// start starts a browser that has no tab yet.
func start(t *testing.T, program string) *browser {
	t.Helper()
	hear, to := pipe(t)
	from, say := pipe(t)
	var output strings.Builder
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{hear, say} // are 3 and 4 there
	cmd.Stderr = &output
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	hear.Close()
	say.Close()
	b := &browser{to: to, waiting: map[int]chan answer{}, loaded: make(chan struct{}, 100), ended: make(chan struct{})}
	go b.listen(from)
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-b.ended
		if t.Failed() {
			t.Logf("Chromium said: %s", output.String())
		}
	})
	return b
}

// openTab opens the tab that everything is shown in.
func (b *browser) openTab() error {
	var target struct{ TargetID string }
	if err := b.ask("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	var attached struct{ SessionID string }
	if err := b.ask("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return err
	}
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		if err := b.ask(domain+".enable", nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// listen takes what the browser says, until it ends.
func (b *browser) listen(from io.Reader) {
	defer close(b.ended)
	texts := bufio.NewReader(from)
	for {
		text, err := texts.ReadBytes(0)
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(text[:len(text)-1], &a) != nil {
			continue
		}
		b.mu.Lock()
		switch a.Method {
		case "":
			if waiting := b.waiting[a.ID]; waiting != nil {
				delete(b.waiting, a.ID)
				waiting <- a
			}
		case "Page.loadEventFired":
			b.loaded <- struct{}{}
		case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
			b.seen = append(b.seen, "console: "+string(a.Params))
		case "Network.requestWillBeSent":
			var sent struct{ Request struct{ URL string } }
			_ = json.Unmarshal(a.Params, &sent)
			b.seen = append(b.seen, "request: "+sent.Request.URL)
		}
		b.mu.Unlock()
	}
}

// call has the browser do something, and decodes its answer.
func (b *browser) call(t *testing.T, method string, params map[string]any, result any) {
	t.Helper()
	if err := b.ask(method, params, result); err != nil {
		t.Fatal(err)
	}
}

// ask is call, for who can do without an answer.
func (b *browser) ask(method string, params map[string]any, result any) error {
	if params == nil {
		params = map[string]any{}
	}
	waiting := make(chan answer, 1)
	b.mu.Lock()
	b.last++
	message := map[string]any{"id": b.last, "method": method, "params": params}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	b.waiting[b.last] = waiting
	b.mu.Unlock()
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		return fmt.Errorf("telling Chromium %s: %w", method, err)
	}
	select {
	case a := <-waiting:
		if a.Error != nil {
			return fmt.Errorf("%s: %s", method, a.Error.Message)
		}
		if result == nil {
			return nil
		}
		if err := json.Unmarshal(a.Result, result); err != nil {
			return fmt.Errorf("%s: %w in %s", method, err, a.Result)
		}
		return nil
	case <-b.ended:
		return fmt.Errorf("%s: Chromium has ended", method)
	case <-time.After(patience):
		return fmt.Errorf("%s: no answer", method)
	}
}

// show loads a page, as it looks at a width and in a scheme of colors.
func (b *browser) show(t *testing.T, url string, width int, scheme string) {
	t.Helper()
	b.call(t, "Emulation.setDeviceMetricsOverride", map[string]any{
		"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600,
	}, nil)
	b.call(t, "Emulation.setEmulatedMedia", map[string]any{
		"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}},
	}, nil)
	b.mu.Lock()
	b.seen = nil
	b.mu.Unlock()
	b.call(t, "Page.navigate", map[string]any{"url": url}, nil)
	select {
	case <-b.loaded:
	case <-b.ended:
		t.Fatal("Chromium has ended")
	case <-time.After(patience):
		t.Fatalf("%s does not load", url)
	}
}

// eval runs a script in the page, and decodes what it comes to.
func (b *browser) eval(t *testing.T, script string, result any) {
	t.Helper()
	var evaluated struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call(t, "Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true}, &evaluated)
	if evaluated.ExceptionDetails != nil {
		t.Fatalf("%s: %s", script, evaluated.ExceptionDetails)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(evaluated.Result.Value, result); err != nil {
		t.Fatalf("%s: %v in %s", script, err, evaluated.Result.Value)
	}
}

// quiet asserts that the console was told nothing, and that nothing was fetched
// but the page.
func (b *browser) quiet(t *testing.T, url string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.seen) != 1 || b.seen[0] != "request: "+url {
		t.Errorf("got %q, want but one request for the page", b.seen)
	}
}

// picture leaves one of the whole page among the test's artifacts.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	var shot struct{ Data []byte }
	b.call(t, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	if err := os.WriteFile(fmt.Sprintf("%s/%s.png", t.ArtifactDir(), name), shot.Data, 0o600); err != nil {
		t.Fatal(err)
	}
}
