// What a frontend does with a backend on another origin. Every function gives
// plain data back, for the tables in the Go tests; none of them judges it.
'use strict';

const e2e = (() => {
  const patience = 20_000; // milliseconds until a call counts as hanging

  // An answer as the page sees it, or the error in its place.
  async function call(url, options = {}) {
    try {
      const response = await fetch(url, {
        mode: 'cors', credentials: 'include', signal: AbortSignal.timeout(patience), ...options,
      });
      return {
        status: response.status,
        type: response.type,
        redirected: response.redirected,
        url: response.url,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      };
    } catch (error) {
      return {error: error.name, message: error.message};
    }
  }

  function send({url, method}) {
    return call(url, {method});
  }

  function token(answer) {
    try { return JSON.parse(answer.body).csrfToken; } catch { return ''; }
  }

  function write(method, csrf, data) {
    return {
      method,
      headers: {'Content-Type': 'application/json', ...(csrf && {'X-CSRFToken': csrf})},
      ...(data && {body: JSON.stringify(data)}),
    };
  }

  // Runs the named calls one after the other.
  async function inOrder(steps) {
    const results = [];
    for (const [step, run] of steps) results.push({step, ...await run()});
    return results;
  }

  function loginSteps({base, username, password, age}) {
    let csrf;
    const fetchToken = async () => {
      const answer = await call(base + '/csrf');
      csrf = token(answer);
      return answer;
    };
    return {
      token: () => csrf,
      steps: [
        ['csrf', fetchToken],
        ['login', () => call(base + '/login' + (age ? '?age=' + age : ''), write('POST', csrf, {username, password}))],
        ['csrf after login', fetchToken], // Django changes it at the login
      ],
    };
  }

  async function login(args) {
    return inOrder(loginSteps(args).steps);
  }

  // The whole of it: token, login, read, write, log out, and refused after that.
  async function story(args) {
    const {base} = args;
    const session = loginSteps(args);
    const send = (method, path, data) => call(base + path, write(method, session.token(), data));
    return inOrder([
      ['me before', () => call(base + '/me')],
      ...session.steps,
      ['me', () => call(base + '/me')],
      ['write', () => send('POST', '/notes', {name: 'milk', text: 'two'})],
      ['put', () => send('PUT', '/notes/milk', {text: 'three'})],
      ['patch', () => send('PATCH', '/notes/milk', {text: ' litres'})],
      ['read', () => call(base + '/notes')],
      ['delete', () => send('DELETE', '/notes/milk')],
      ['read after delete', () => call(base + '/notes')],
      ['log out', () => send('POST', '/logout')],
      ['me after', () => call(base + '/me')],
      ['write after', () => send('POST', '/notes', {name: 'milk', text: 'two'})],
    ]);
  }

  // Writes that never fetch a token themselves: the first leaves the header
  // out, the second copies it from the answer's header.
  async function tokenByHeader({base}) {
    let csrf;
    return inOrder([
      ['left out', () => call(base + '/notes', write('POST', '', {name: 'a', text: '1'}))],
      ['read', async () => {
        const answer = await call(base + '/csrf');
        csrf = answer.headers?.['x-csrftoken'];
        return answer;
      }],
      ['sent', () => call(base + '/notes', write('POST', csrf, {name: 'b', text: '2'}))],
    ]);
  }

  // Everything a page can send without asking: none of it may ride on a session.
  async function ride({base, token}) {
    const to = (how) => `${base}/echo?token=${token}&how=${how}`;
    const blind = (how, options) => call(to(how), {mode: 'no-cors', ...options});
    return inOrder([
      ['cors', () => call(to('cors'))],
      ['cors put', () => call(to('cors-put'), write('PUT', 'x', {}))],
      ['no-cors get', () => blind('get')],
      ['no-cors get, no referrer', () => blind('get-bare', {referrerPolicy: 'no-referrer'})],
      ['no-cors post', () => blind('post', {method: 'POST', body: 'a=1'})],
      ['no-cors post, no referrer', () => blind('post-bare', {
        method: 'POST', body: 'a=1', referrerPolicy: 'no-referrer',
      })],
      ['image', () => new Promise((done) => {
        const image = new Image();
        image.onload = image.onerror = () => done({});
        image.src = to('image');
      })],
      // Whether these arrive is for the server to say: a frame's load event may
      // be that of its empty page, or never come.
      ['frame', async () => {
        const frame = document.createElement('iframe');
        frame.src = to('frame');
        document.body.append(frame);
      }],
      ['form in a frame', async () => {
        const frame = document.createElement('iframe');
        frame.name = token; // before it is in the page, or the form opens a window instead
        document.body.append(frame);
        submit(to('form'), token);
      }],
    ]);
  }

  // Sends a form, into this very tab unless target names a frame.
  function submit(action, target = '') {
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, {method: 'POST', action, target});
    form.submit();
  }

  // The same call from a sandboxed frame, whose origin is null.
  function sandboxed(url) {
    return new Promise((done) => {
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      addEventListener('message', (event) => {
        if (event.source !== frame.contentWindow) return;
        frame.remove();
        done(event.data);
      });
      frame.srcdoc = `<script>
        fetch(${JSON.stringify(url)}, {mode: 'cors', credentials: 'include'})
          .then(async (r) => ({status: r.status, body: await r.text(), headers: Object.fromEntries(r.headers)}))
          .catch((e) => ({error: e.name, message: e.message}))
          .then((answer) => parent.postMessage({origin: self.origin, ...answer}, '*'));
      <\/script>`;
      document.body.append(frame);
    });
  }

  async function sha256(buffer) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', buffer));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  // A body of that many megabytes each way, with both ends' checksums.
  async function bodies({base, megabytes}) {
    const csrf = token(await call(base + '/csrf'));
    const sent = new Uint8Array(megabytes << 20);
    for (let at = 0; at < sent.length; at += 65536) crypto.getRandomValues(sent.subarray(at, at + 65536));
    const up = await call(base + '/upload', {
      method: 'PUT', body: sent, headers: {'X-CSRFToken': csrf, 'Content-Type': 'application/octet-stream'},
    });
    const down = await fetch(`${base}/download?seed=7&megabytes=${megabytes}`, {mode: 'cors', credentials: 'include'});
    const got = await down.arrayBuffer();
    return {
      sent: await sha256(sent), up,
      received: await sha256(got), size: got.byteLength, told: down.headers.get('X-Sha256'),
    };
  }

  // Waits for each event of a stream and acknowledges it: the server sends the
  // next one only then.
  function events({base, stream, count}) {
    return new Promise((done) => {
      const data = [];
      const source = new EventSource(`${base}/events?stream=${stream}`, {withCredentials: true});
      const finish = (error) => { source.close(); done({data: data.slice(0, count), error}); };
      setTimeout(() => finish('TimeoutError'), patience);
      source.onerror = () => finish('the stream broke off');
      source.onmessage = async (event) => {
        const received = data.push(event.data);
        if (received > count) return; // sent before the stream was closed
        const ack = await call(`${base}/ack?stream=${stream}`, {method: 'POST'});
        if (ack.status !== 204) finish(ack.error ?? `ack: ${ack.status} ${ack.body}`);
        else if (received === count) finish();
      };
    });
  }

  // Several streams held open at once, and an ordinary call beside them.
  async function manyEvents({base, streams, count}) {
    return Promise.all(streams.map((stream) => events({base, stream, count})));
  }

  function socket({url, messages}) {
    return new Promise((done) => {
      const echoed = [];
      const ws = new WebSocket(url);
      const finish = (error) => { ws.close(); done({echoed, error}); };
      setTimeout(() => finish('TimeoutError'), patience);
      ws.onopen = () => ws.send(messages[0]);
      ws.onmessage = ({data}) => {
        echoed.push(data);
        if (echoed.length === messages.length) finish();
        else ws.send(messages[echoed.length]);
      };
      ws.onerror = () => finish('refused');
    });
  }

  // On the backend's own page: what its own calls and frame see.
  async function own({token}) {
    const frame = document.getElementById('frame');
    const shown = () => frame.contentDocument?.getElementById('user')?.textContent;
    const deadline = Date.now() + patience;
    while (!shown() && Date.now() < deadline) await new Promise((next) => setTimeout(next, 20));
    return {
      user: document.getElementById('user')?.textContent,
      frame: shown() ?? '',
      answer: await call(`/echo?token=${token}`, {method: 'POST', body: 'a=1'}),
    };
  }

  // Ends the session, whoever began it.
  async function logOut(base) {
    const csrf = token(await call(base + '/csrf'));
    return call(base + '/logout', write('POST', csrf));
  }

  return {call, send, submit, story, login, logOut, tokenByHeader, ride, sandboxed, bodies, events, manyEvents, socket, own};
})();
