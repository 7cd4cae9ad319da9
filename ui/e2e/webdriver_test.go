package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// webDriver is a client of W3C WebDriver, just large enough. It may be used
// from one goroutine.
// https://www.w3.org/TR/webdriver2/#endpoints
type webDriver struct {
	client  *http.Client // bounds every call
	url     string       // the driver's, and after begin the session's
	first   string       // the handle of the window that a session begins with
	current string       // the handle of the window that calls go to
}

// call runs a command of the session and reads its value into result, which
// may be nil.
func (w *webDriver) call(method, path string, params, result any) error {
	var body bytes.Buffer
	if method == http.MethodPost {
		if params == nil {
			params = struct{}{} // the standard wants an object
		}
		if err := json.NewEncoder(&body).Encode(params); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	request, err := http.NewRequest(method, w.url+path, &body)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	response, err := w.client.Do(request)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer response.Body.Close()
	var told struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil {
		return fmt.Errorf("%s: %s, %w", path, response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		var failure struct{ Error, Message string }
		_ = json.Unmarshal(told.Value, &failure) // else the status says it all
		return fmt.Errorf("%s: %s, %s: %s", path, response.Status, failure.Error, failure.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(told.Value, result)
}

// begin makes a session with the capabilities.
func (w *webDriver) begin(capabilities map[string]any) error {
	var session struct{ SessionID string }
	wanted := map[string]any{"capabilities": map[string]any{"alwaysMatch": capabilities}}
	if err := w.call(http.MethodPost, "/session", wanted, &session); err != nil {
		return err
	}
	w.url += "/session/" + session.SessionID
	// Longer than anything in a page waits, so that the page's own word is heard.
	limit := (2 * patience).Milliseconds()
	if err := w.call(http.MethodPost, "/timeouts", map[string]any{"script": limit, "pageLoad": limit}, nil); err != nil {
		return err
	}
	return w.call(http.MethodGet, "/window", nil, &w.first)
}

// open opens a tab at url, waits until it has loaded and returns its handle.
func (w *webDriver) open(url string) (string, error) {
	var made struct{ Handle string }
	// In the first, since it is never closed: a new one needs another to come from.
	if err := w.in(w.first, http.MethodPost, "/window/new", map[string]any{"type": "tab"}, &made); err != nil {
		return "", err
	}
	return made.Handle, w.in(made.Handle, http.MethodPost, "/url", map[string]any{"url": url}, nil)
}

// in is call, in the window with that handle.
func (w *webDriver) in(handle, method, path string, params, result any) error {
	if w.current != handle {
		if err := w.call(http.MethodPost, "/window", map[string]any{"handle": handle}, nil); err != nil {
			return err
		}
		w.current = handle
	}
	return w.call(method, path, params, result)
}

// evaluate runs a JavaScript expression in a window, waits for its promise and
// returns its value, which must be a string.
func (w *webDriver) evaluate(handle, expression string) (string, error) {
	script := `const done = arguments[0];
		(async () => (` + expression + `))().then((value) => done({value}), (error) => done({error: String(error)}));`
	var evaluated struct {
		Value any
		Error string
	}
	params := map[string]any{"script": script, "args": []any{}}
	if err := w.in(handle, http.MethodPost, "/execute/async", params, &evaluated); err != nil {
		return "", err
	}
	if evaluated.Error != "" {
		return "", fmt.Errorf("the page threw %s", evaluated.Error)
	}
	text, ok := evaluated.Value.(string)
	if !ok {
		return "", fmt.Errorf("the page gave %v instead of a string", evaluated.Value)
	}
	return text, nil
}
