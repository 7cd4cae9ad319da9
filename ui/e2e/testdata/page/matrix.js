// What a page of the matrix does: each case is a list of calls, one after the
// other, and each call gives back what a script saw of it, as plain data.
'use strict';

const matrix = (() => {
  const patience = 20_000; // milliseconds until a call counts as hanging

  async function viaFetch({url, method, mode, credentials, headers, redirect}) {
    const response = await fetch(url, {
      method, mode: mode || 'cors', credentials: credentials || 'same-origin', headers: headers || {},
      redirect: redirect || 'follow', signal: AbortSignal.timeout(patience),
      ...(method === 'POST' && {body: 'a=1'}),
    });
    return {
      outcome: response.type.startsWith('opaque') ? 'opaque' : 'readable',
      status: response.status, headers: [...response.headers.keys()], body: await response.text(),
    };
  }

  function viaXHR({url, method, credentials, headers}) {
    return new Promise((done, fail) => {
      const xhr = new XMLHttpRequest();
      xhr.open(method, url);
      xhr.timeout = patience;
      xhr.withCredentials = credentials === 'include';
      for (const [name, value] of Object.entries(headers || {})) xhr.setRequestHeader(name, value);
      xhr.onerror = () => fail(new TypeError('the request failed'));
      xhr.ontimeout = () => fail(new DOMException('no answer', 'TimeoutError'));
      xhr.onload = () => done({
        outcome: 'readable', status: xhr.status, body: xhr.responseText,
        headers: xhr.getAllResponseHeaders().trim().split('\r\n').filter(Boolean).map((line) => line.split(':')[0].toLowerCase()),
      });
      xhr.send(method === 'POST' ? 'a=1' : null);
    });
  }

  // An image or a script: with crossorigin the browser makes it a CORS request.
  function viaElement(tag) {
    return ({url, mode, credentials}) => new Promise((done, fail) => {
      const element = document.createElement(tag);
      if (mode === 'cors') element.crossOrigin = credentials === 'include' ? 'use-credentials' : 'anonymous';
      element.onload = () => done({outcome: 'loaded'});
      element.onerror = () => fail(new TypeError('the error event'));
      element.src = url;
      if (tag === 'script') document.head.append(element);
    });
  }

  function viaEvents({url, credentials}) {
    return new Promise((done, fail) => {
      const source = new EventSource(url, {withCredentials: credentials === 'include'});
      source.onmessage = ({data}) => { source.close(); done({outcome: 'readable', body: data}); };
      source.onerror = () => { source.close(); fail(new TypeError('the error event')); };
    });
  }

  function viaSocket({url}) {
    return new Promise((done, fail) => {
      const socket = new WebSocket(url);
      socket.onopen = () => { socket.close(); done({outcome: 'connected'}); };
      socket.onerror = () => fail(new TypeError('the error event'));
    });
  }

  function framed(url) {
    const frame = document.createElement('iframe');
    const loaded = new Promise((done) => { frame.onload = () => done(true); });
    frame.src = url;
    document.body.append(frame);
    return {frame, loaded};
  }

  // Whether the frame shows the document is for the server to say: the document
  // asks for something more. Not every refusal ends in a load event, so frames of
  // this page's own that come later and have loaded end the wait as well.
  async function viaFrame({url}) {
    const {frame, loaded} = framed(url);
    const overtaken = (async () => {
      for (let i = 0; i < 3; i++) {
        const own = framed('/frame');
        await own.loaded;
        own.frame.remove();
      }
    })();
    await Promise.race([loaded, overtaken]);
    return {outcome: 'loaded'};
  }

  const ways = {
    fetch: viaFetch, xhr: viaXHR, image: viaElement('img'), script: viaElement('script'),
    events: viaEvents, socket: viaSocket, frame: viaFrame,
  };

  async function observe(call) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new DOMException('nothing happened', 'TimeoutError')), patience);
    });
    try {
      return await Promise.race([ways[call.via](call), late]);
    } catch (error) {
      return {outcome: error.name === 'TimeoutError' ? 'hanging' : 'blocked', error: `${error.name}: ${error.message}`};
    } finally {
      clearTimeout(timer);
    }
  }

  // Some cases at a time, each case's calls in their order.
  async function here(cases) {
    const results = new Array(cases.length);
    let next = 0;
    const worker = async () => {
      for (let i = next++; i < cases.length; i = next++) {
        results[i] = [];
        for (const call of cases[i]) results[i].push(await observe(call));
      }
    };
    await Promise.all(Array.from({length: 8}, worker));
    return results;
  }

  // The same in a sandboxed frame, whose origin is null.
  async function sandboxed(cases) {
    const source = await (await fetch('/matrix.js')).text();
    return new Promise((done) => {
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      addEventListener('message', (event) => {
        if (event.source === frame.contentWindow) done(event.data);
      });
      frame.srcdoc = `<script>${source}
        matrix.run({cases: ${JSON.stringify(cases)}}).then((results) => parent.postMessage(results, '*'));
      <\/script>`;
      document.body.append(frame);
    });
  }

  // Takes the tab elsewhere.
  function leave({via, url}) {
    if (via === 'link') {
      location.href = url;
      return;
    }
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, {method: 'POST', action: url});
    form.submit();
  }

  const run = ({cases, sandbox}) => sandbox ? sandboxed(cases) : here(cases);

  return {run, leave};
})();
