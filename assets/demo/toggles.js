// The panel with the profile's switches. Its state comes from the page's own
// server, so it is the same as in Corsage's windows.

const $ = (id) => document.getElementById(id);
let state; // the last that was told; undefined where no profile is attached

export const profile = () => state;
export const isOff = (name) => state?.toggles.some((t) => t.name === name && !t.on) ?? false;

async function send(input, change) {
  const response = await fetch('/state', {method: 'POST', body: JSON.stringify(change)}).catch(() => undefined);
  if (!response?.ok) input.checked = !input.checked; // nothing changed
}

function flip(input, change) {
  input.addEventListener('change', () => send(input, {...change, on: input.checked}));
}

// Draws a switch for each toggle, those in used apart from the rest.
function build(used) {
  $('name').textContent = `${state.profile} profile`;
  flip($('profile'), {toggle: ''});
  for (const [box, toggles] of [
    ['seen', state.toggles.filter(({name}) => used.has(name))],
    ['unseen', state.toggles.filter(({name}) => !used.has(name))],
  ]) {
    let group;
    for (const toggle of toggles) {
      if (toggle.group !== group) {
        group = toggle.group;
        $(box).append(Object.assign(document.createElement('h3'), {textContent: group}));
      }
      $(box).append(row(toggle));
    }
  }
  $('panel').hidden = false;
}

function row(toggle) {
  const row = $('toggle').content.firstElementChild.cloneNode(true);
  const [input, label, why, help] = ['input', '.label', '.why', '.help'].map((s) => row.querySelector(s));
  input.id = `toggle-${toggle.name}`;
  label.textContent = toggle.label;
  label.append(Object.assign(document.createElement('span'), {className: 'name', textContent: toggle.name}));
  help.textContent = toggle.help;
  help.id = `help-${toggle.name}`;
  why.setAttribute('aria-label', `What “${toggle.label}” does`);
  why.setAttribute('aria-controls', help.id);
  why.addEventListener('click', () => {
    help.hidden = !help.hidden;
    why.setAttribute('aria-expanded', String(!help.hidden));
  });
  flip(input, {toggle: toggle.name});
  return row;
}

function show() {
  $('profile').checked = state.enabled;
  $('toggles').classList.toggle('off', !state.enabled);
  for (const toggle of state.toggles) $(`toggle-${toggle.name}`).checked = toggle.on;
}

// Follows the state and calls changed after each change, wherever it was made.
// used are the names of the toggles that the page's calls need.
export function follow(used, changed) {
  const source = new EventSource('/state');
  source.onmessage = ({data}) => {
    const first = !state;
    state = JSON.parse(data);
    if (first) build(used);
    show();
    changed();
  };
}

if (matchMedia('(max-width: 46rem)').matches) $('fold').open = false;
