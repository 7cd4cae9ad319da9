package e2e

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// bidi is a client of WebDriver BiDi, just large enough: commands one after
// the other, events left out.
// https://www.w3.org/TR/webdriver-bidi/#transport
type bidi struct {
	connection *websocket.Conn
	id         int
}

// dialBidi connects to the browser and begins a session.
func dialBidi(url string) (*bidi, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connection, _, err := websocket.Dial(ctx, url+"/session", nil)
	if err != nil {
		return nil, err
	}
	connection.SetReadLimit(16 << 20)
	b := &bidi{connection: connection}
	if err := b.call("session.new", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
		return nil, err
	}
	return b, nil
}

// call runs a command and reads its result.
func (b *bidi) call(method string, params, result any) error {
	// Longer than anything in a page waits, so that the page's own word is heard.
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	b.id++
	command := map[string]any{"id": b.id, "method": method, "params": params}
	if err := wsjson.Write(ctx, b.connection, command); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	for {
		var message struct {
			Type, Error, Message string
			ID                   int
			Result               json.RawMessage
		}
		if err := wsjson.Read(ctx, b.connection, &message); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		switch {
		case message.ID != b.id:
			continue
		case message.Type != "success":
			return fmt.Errorf("%s: %s: %s", method, message.Error, message.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(message.Result, result)
	}
}

func (b *bidi) close() {
	_ = b.call("browser.close", map[string]any{}, nil)
	_ = b.connection.Close(websocket.StatusNormalClosure, "")
}

// evaluate runs a JavaScript expression in a tab, waits for its promise and
// returns its value, which must be a string.
func (b *bidi) evaluate(context, expression string) (string, error) {
	var evaluated struct {
		Type             string
		Result           struct{ Type, Value string }
		ExceptionDetails struct{ Text string }
	}
	err := b.call("script.evaluate", map[string]any{
		"expression": expression, "awaitPromise": true, "target": map[string]any{"context": context},
	}, &evaluated)
	switch {
	case err != nil:
		return "", err
	case evaluated.Type != "success":
		return "", fmt.Errorf("the page threw %s", evaluated.ExceptionDetails.Text)
	case evaluated.Result.Type != "string":
		return "", fmt.Errorf("the page gave a value of type %s instead of a string", evaluated.Result.Type)
	}
	return evaluated.Result.Value, nil
}
