// What the page asks of the backend, one step after the other. A step's run
// returns what it saw, in words, or throws a Fault that says what went wrong.

export const backend = document.documentElement.dataset.backend;

const patience = 8000; // milliseconds until a call counts as hanging
const note = '/api/notes/mine';

export class Fault extends Error {
  // blocked: there was no answer that the page may see.
  constructor(text, {blocked = false} = {}) {
    super(text);
    this.blocked = blocked;
  }
}

// Calls as a frontend does, and carries the CSRF token on. Browsers keep the
// outcome of a preflight for some seconds, by URL: the query makes each run ask
// anew, so that a flipped toggle shows at once.
async function call(session, method, path, data) {
  const headers = {};
  if (data) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && session.csrf) headers['X-CSRFToken'] = session.csrf;
  let response;
  try {
    response = await fetch(`${backend}${path}?run=${session.run}`, {
      method, headers, mode: 'cors', credentials: 'include',
      body: data && JSON.stringify(data), signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    throw new Fault(`${error.name}: ${error.message}`, {blocked: error.name === 'TypeError'});
  }
  session.csrf = response.headers.get('X-CSRFToken') ?? session.csrf;
  return response;
}

const sentToLogin = (response) => response.redirected && new URL(response.url).pathname === '/login';

// Throws unless the answer has the status; the backend's own words say why.
async function expect(response, status) {
  if (sentToLogin(response)) {
    throw new Fault('Redirected to the login page: the session cookie did not reach the backend.');
  }
  if (response.status === status) return;
  const text = await response.text();
  let detail = text.trim().slice(0, 300);
  try { detail = JSON.parse(text).detail ?? detail; } catch { /* it is no JSON */ }
  throw new Fault(`${response.status}: ${detail}`);
}

function stream(count) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(backend + '/api/events', {withCredentials: true});
    const seen = [];
    const finish = (settle, value) => { clearTimeout(timer); source.close(); settle(value); };
    const timer = setTimeout(() => finish(reject, new Fault('No events came in time: something holds them back.')), patience);
    source.onmessage = ({data}) => {
      seen.push(data);
      if (seen.length === count) finish(resolve, seen);
    };
    source.onerror = () => finish(reject, new Fault('EventSource: error', {blocked: true}));
  });
}

function echo(text) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(backend.replace('https:', 'wss:') + '/api/live');
    const finish = (settle, value) => { clearTimeout(timer); socket.close(); settle(value); };
    const timer = setTimeout(() => finish(reject, new Fault('No echo came in time.')), patience);
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({data}) => finish(resolve, data);
    socket.onerror = () => finish(reject, new Fault('WebSocket: error (the backend refused this Origin, or saw no session)'));
  });
}

const read = ['allow-origin', 'allow-credentials'];
const session = ['hold-session|cookie-samesite'];
const write = ['answer-preflight', 'rewrite-origin', 'rewrite-referer', 'csrf-token', ...session, ...read];

export const steps = [
  {
    id: 'csrf', title: 'Read the CSRF token', call: 'GET /api/csrf', needs: ['csrf-token', 'expose-headers', ...read],
    async run(s) {
      const response = await call(s, 'GET', '/api/csrf');
      await expect(response, 200);
      const token = response.headers.get('X-CSRFToken');
      if (!token) throw new Fault('200, but the token came in a cookie only, and a page can\'t read another host\'s cookies.');
      return `200, X-CSRFToken: ${token.slice(0, 8)}…`;
    },
  },
  {
    id: 'login', title: 'Log in', call: 'POST /api/login', needs: write,
    async run(s) {
      const response = await call(s, 'POST', '/api/login', {username: 'demo', password: 'demo'});
      await expect(response, 200);
      return `200, logged in as ${(await response.json()).user}`;
    },
  },
  {
    id: 'me', title: 'Read who I am', call: 'GET /api/me', needs: [...session, ...read],
    async run(s) {
      const response = await call(s, 'GET', '/api/me');
      await expect(response, 200);
      return `200, user: ${(await response.json()).user}`;
    },
  },
  {
    id: 'write', title: 'Write a note', call: `PUT ${note}`, needs: write,
    async run(s) {
      const text = `written at ${new Date().toLocaleTimeString()}`;
      const response = await call(s, 'PUT', note, {text});
      await expect(response, 200);
      return `200, “${(await response.json()).text}”`;
    },
  },
  {
    id: 'header', title: 'Read a header of the answer', call: 'GET /api/notes', needs: ['expose-headers', ...session, ...read],
    async run(s) {
      const response = await call(s, 'GET', '/api/notes');
      await expect(response, 200);
      const total = response.headers.get('X-Total-Count');
      if (total === null) throw new Fault('200, but X-Total-Count is hidden: scripts see only headers that are exposed to them.');
      return `200, X-Total-Count: ${total}`;
    },
  },
  {
    id: 'delete', title: 'Delete the note', call: `DELETE ${note}`, needs: write,
    async run(s) {
      await expect(await call(s, 'DELETE', note), 204);
      return '204, deleted';
    },
  },
  {
    id: 'site', title: 'Pass a check of Sec-Fetch-Site', call: 'GET /api/export', needs: ['rewrite-fetch-site', ...session, ...read],
    async run(s) {
      const response = await call(s, 'GET', '/api/export');
      await expect(response, 200);
      return `200, ${(await response.text()).length} bytes of CSV`;
    },
  },
  {
    id: 'events', title: 'Follow an event stream', call: 'EventSource /api/events', needs: [...session, ...read],
    run: async () => `200, ${(await stream(3)).length} events, each as it was sent`,
  },
  {
    id: 'socket', title: 'Talk over a WebSocket', call: 'WebSocket /api/live', needs: ['rewrite-origin', ...session],
    run: async () => `101, said “hello” and heard “${await echo('hello')}”`,
  },
  {
    id: 'error', title: 'Read what went wrong', call: 'GET /api/broken', needs: read,
    async run(s) {
      const response = await call(s, 'GET', '/api/broken');
      if (response.status !== 500) await expect(response, 500);
      return `500, as it should: “${(await response.json()).detail}”`;
    },
  },
  {
    id: 'logout', title: 'Log out, and be a stranger again', call: 'POST /api/logout, then GET /api/me', needs: write,
    async run(s) {
      await expect(await call(s, 'POST', '/api/logout'), 204);
      const response = await call(s, 'GET', '/api/me');
      if (!sentToLogin(response)) throw new Fault(`${response.status}: still logged in after the logout.`);
      return '204, and the next call was sent to the login page';
    },
  },
];

// Whether the backend answers at all, though the page may see nothing of it.
export async function reachable() {
  try {
    await fetch(backend + '/api/broken', {
      mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(patience),
    });
    return true;
  } catch {
    return false;
  }
}
