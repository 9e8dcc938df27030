import {List, duration, element, resultOf, whoOf} from './list.js';
import {Plots} from './plots.js';

const $ = (id) => document.getElementById(id);

// What a switch sets in /_faults, and how one sees that it is set.
const kSwitches = [
  {id: 'down', label: 'Down', hint: 'Every connection is closed',
    on: {down_s: 86400}, is: (f) => f.down_s > 0, off: ['down_s']},
  {id: 'slow', label: 'Slow', hint: 'Each answer takes two seconds',
    on: {latency_ms: 2000}, is: (f) => f.latency_ms > 0, off: ['latency_ms']},
  {id: '429', label: '429 with Retry-After', hint: 'Too many requests: come back in 5 s',
    on: {status: {429: 1}, retry_after: '5'}, is: (f) => f.status?.[429] > 0, off: ['status', 'retry_after']},
  {id: '503', label: '503', hint: 'The server cannot serve now',
    on: {status: {503: 1}}, is: (f) => f.status?.[503] > 0, off: ['status', 'retry_after']},
  {id: 'portal', label: 'Portal', hint: '200, with a page to log in',
    on: {portal: true}, is: (f) => f.portal === true, off: ['portal']},
  {id: '401', label: '401', hint: 'The key is refused',
    on: {status: {401: 1}}, is: (f) => f.status?.[401] > 0, off: ['status', 'retry_after']},
  {id: 'unknown', label: 'Unknown user', hint: 'Nobody has an entry: 404',
    on: {unknown_users: true}, is: (f) => f.unknown_users !== undefined, off: ['unknown_users']},
  {id: 'broken', label: 'Broken connections', hint: 'Half are cut before the answer: look for duplicates',
    on: {drop_after: 0.5}, is: (f) => f.drop_after > 0, off: ['drop_after']},
];

let faults = {}, list, plots, number = 0, paused = false, waiting = [], counts = null;
let ends = 0, dirty = false, drawn = 0, setting = Promise.resolve();

// --- The faults.

async function setFaults(wanted) {
  $('said').textContent = '';
  try {
    const answer = await fetch('/_faults', {method: 'POST', body: JSON.stringify(wanted)});
    const body = await answer.json();
    if (answer.ok) showFaults(body);
    else $('said').textContent = body.error.message;
  } catch {
    $('said').textContent = 'The collector does not answer.';
  }
}

// One after the other: what a switch sets depends on the answer to the one before.
function change(wanted) {
  setting = setting.then(() => setFaults(wanted()));
}

function toggled(each) {
  const others = {...faults};
  for (const name of each.off) delete others[name];
  return each.is(faults) ? others : {...others, ...each.on};
}

function showFaults(inForce) {
  faults = inForce;
  for (const each of kSwitches) $(`switch-${each.id}`).setAttribute('aria-checked', String(each.is(faults)));
  const text = JSON.stringify(faults);
  $('in-force').textContent = text === '{}' ? 'No fault is set.' : `In force: ${text}`;
  clearTimeout(ends);
  if (faults.down_s < 86400 * 20) {
    ends = setTimeout(async () => showFaults(await (await fetch('/_faults')).json()), faults.down_s * 1000 + 50);
  }
}

function makeSwitches() {
  for (const each of kSwitches) {
    const made = element('button', 'switch');
    made.type = 'button';
    made.id = `switch-${each.id}`;
    made.setAttribute('role', 'switch');
    made.setAttribute('aria-checked', 'false');
    made.append(element('span', 'knob'), element('span', '', each.label), element('small', '', each.hint));
    made.addEventListener('click', () => change(() => toggled(each)));
    $('switches').append(made);
  }
  $('calm').addEventListener('click', () => change(() => ({})));
}

// --- What arrives.

function clear() {
  list.clear();
  plots.clear();
  waiting = [];
  $('count-age').textContent = '–';
}

function take(entry) {
  if (entry.kind === 'reset') {
    clear();
    return;
  }
  entry.n = ++number;
  if (entry.kind === 'faults') showFaults(entry.faults);
  if (entry.stamp !== undefined) entry.age = entry.at - Date.parse(entry.stamp);
  if (entry.result === 'kept' || entry.result === 'lost') $('count-age').textContent = duration(entry.age);
  plots.add(entry);
  waiting.push(entry);
}

function table(body, rows) {
  const most = rows.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name, count]) => {
    const row = element('tr');
    row.append(element('td', '', name), element('td', '', count.toLocaleString('en')));
    return row;
  });
  body.replaceChildren(...most);
}

function draw() {
  dirty = false;
  drawn = performance.now();
  if (!paused && waiting.length > 0) {
    list.add(waiting);
    waiting = [];
  }
  // An empty box says nothing; the address to send to does, at the top.
  $('empty').hidden = list.all.length + waiting.length > 0;
  $('list').hidden = list.all.length === 0;
  list.draw();
  const state = paused ? `paused, ${waiting.length.toLocaleString('en')} wait` : '';
  $('shown').textContent = state || `${list.shown.length.toLocaleString('en')} shown`;
  if (!counts) return;
  const write = (id, count) => { $(id).textContent = count.toLocaleString('en'); };
  write('count-events', counts.events);
  write('count-duplicates', counts.duplicates);
  write('count-refused', counts.refused);
  write('count-requests', counts.requests);
  write('count-closed', counts.answers.closed ?? 0);
  table($('names'), Object.entries(counts.names));
  table($('answers'), Object.entries(counts.answers));
  document.title = `${counts.events.toLocaleString('en')} events – Collector`;
  counts = null;
}

// A frame in which all lines are others takes many times one in which nothing has changed, and
// nobody reads ten lists a second.
const kDrawMs = 100;

function drawSoon() {
  if (dirty) return;
  dirty = true;
  // A page in the background is not drawn, and has nothing to draw for.
  setTimeout(() => requestAnimationFrame(draw), drawn + kDrawMs - performance.now());
}

function connect() {
  const say = (text, good) => {
    if ($('connection').textContent !== text) $('connection').textContent = text;
    $('connection').classList.toggle('good', good);
  };
  const source = new EventSource('/_live');
  source.addEventListener('hello', (event) => {
    const hello = JSON.parse(event.data);
    if (hello.fresh) clear();
    list.most = hello.most;
    counts = hello.counts;
    showFaults(hello.about.faults);
    $('proxy').hidden = hello.about.proxy === '';
    $('proxy').textContent = `What is right is sent on to ${hello.about.proxy}; each request shows both answers.`;
    say('live', true);
    drawSoon();
  });
  source.addEventListener('message', (event) => {
    const batch = JSON.parse(event.data);
    for (const entry of batch.entries) take(entry);
    counts = batch.counts;
    drawSoon();
  });
  source.addEventListener('error', () => {
    say('the collector is away', false);
    // Refused for good, as by a proxy: the browser would not try again.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

// --- The rest of the page.

function makeFilter() {
  const filter = () => {
    const only = $('only').value, words = $('find').value.toLowerCase();
    const kind = (entry) => only === '' || (only === 'duplicate' ? entry.duplicate :
      only === 'other' ? !['kept', 'refused'].includes(entry.result) : entry.result === only);
    const text = (entry) => [entry.name, whoOf(entry), entry.props, entry.words, entry.path, entry.event_id,
      resultOf(entry), entry.upstream?.words].join('\n').toLowerCase();
    list.filter((entry) => kind(entry) && (words === '' || text(entry).includes(words)));
    drawSoon();
  };
  $('only').addEventListener('change', filter);
  $('find').addEventListener('input', filter);
}

function makeTheme() {
  const themes = ['system', 'light', 'dark'];
  let theme = 'system';
  try {
    theme = localStorage.getItem('theme') ?? theme;
  } catch {}  // not allowed here: it is forgotten
  const show = () => {
    document.documentElement.dataset.theme = theme;
    plots.draw();
    $('theme').textContent = `Theme: ${theme}`;
  };
  $('theme').addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try {
      localStorage.setItem('theme', theme);
    } catch {}
    show();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.draw());
  show();
}

function makeButtons() {
  $('pause').addEventListener('click', () => {
    paused = !paused;
    $('pause').setAttribute('aria-pressed', String(paused));
    drawSoon();
  });
  $('forget').addEventListener('click', () => fetch('/_reset', {method: 'POST'}));
  $('close').addEventListener('click', () => $('details').close());
}

list = new List($('list'), 10000);
plots = new Plots($('rate'), $('age'));
makeSwitches();
makeFilter();
makeTheme();
makeButtons();
$('base').textContent = location.origin;
connect();
setInterval(() => plots.draw(), 1000);
