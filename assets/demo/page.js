// Runs the steps and shows what came of each. window.results is the outcome of
// the last run, and window.runSteps() runs once more and gives that back.
import {backend, reachable, steps} from './steps.js';
import {follow, isOff, profile} from './toggles.js';

const $ = (id) => document.getElementById(id);
const interval = 3000;
const words = {waiting: 'Waiting', good: 'Works', bad: 'Fails'};

const rows = steps.map((step) => {
  const row = $('step').content.firstElementChild.cloneNode(true);
  row.id = `step-${step.id}`;
  row.querySelector('.title').textContent = step.title;
  row.querySelector('.call').textContent = step.call;
  $('steps').append(row);
  const segment = document.createElement('li');
  segment.title = step.title;
  $('bar').append(segment);
  return {row, segment};
});

function show(i, state, text) {
  const {row, segment} = rows[i];
  row.dataset.state = segment.dataset.state = state;
  row.querySelector('.word').textContent = words[state];
  row.querySelector('.happened').textContent = text;
}

// Names under each step the toggles it needs, and marks those that are off.
// "a|b" stands for two that can each do it.
function showNeeds() {
  const element = (className, text) => Object.assign(document.createElement('span'), {className, textContent: text});
  steps.forEach((step, i) => {
    const parts = step.needs.flatMap((need) => [
      ...need.split('|').flatMap((name) => [' or ', isOff(name) ? element('off', `${name} (off)`) : element('', name)]).slice(1),
      ', ',
    ]);
    rows[i].row.querySelector('.needs').replaceChildren('Needs ', ...parts.slice(0, -1));
  });
}

async function runOne(step, session, reached) {
  try {
    return {id: step.id, ok: true, text: await step.run(session)};
  } catch (error) {
    let text = error.message;
    if (error.blocked) {
      text += await reached() ? ' (CORS: the browser keeps the answer from this page)' : ' (no answer came at all)';
    }
    return {id: step.id, ok: false, text};
  }
}

async function runAll() {
  const session = {run: Date.now()};
  let probe;
  const reached = () => probe ??= reachable();
  const outcome = [];
  for (const [i, step] of steps.entries()) {
    const result = await runOne(step, session, reached);
    outcome.push(result);
    show(i, result.ok ? 'good' : 'bad', result.text);
  }
  const good = outcome.filter(({ok}) => ok).length;
  const score = document.createElement('strong');
  score.textContent = good === steps.length ? `All ${good} calls work` : `${good} of ${steps.length} calls work`;
  if ($('score').textContent !== score.textContent) $('score').replaceChildren(score);
  document.title = `${good}/${steps.length} · Corsage demo`;
  await showHint(good, probe);
  window.results = outcome;
  return outcome;
}

async function showHint(good, probe) {
  let text = '';
  if (probe && !(await probe)) {
    text = `This browser does not reach ${backend}, so it does not use Corsage's proxy. Open this page from Corsage's menu, or set the proxy in this browser: Corsage shows its address.`;
  } else if (good < steps.length && profile() && !profile().enabled) {
    text = 'The profile is off. This is how any browser treats a page that calls a backend which does not know it.';
  }
  $('hint').textContent = text;
  $('hint').hidden = !text;
}

// One run at a time; whoever asks during one gets the next. The tabs of one
// browser share their cookies, so they take turns as well.
let running, next;
window.runSteps = function runSteps() {
  if (!running) return running = navigator.locks.request('steps', runAll).finally(() => { running = undefined; });
  return next ??= running.then(() => { next = undefined; return runSteps(); });
};

$('origin').textContent = location.origin;
$('run').addEventListener('click', window.runSteps);
setInterval(() => { if ($('auto').checked && !document.hidden && !running) window.runSteps(); }, interval);
showNeeds();
follow(new Set(steps.flatMap(({needs}) => needs.join('|').split('|'))), () => { showNeeds(); window.runSteps(); });
window.runSteps();
