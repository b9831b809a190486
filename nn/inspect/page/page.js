'use strict';
// Texts of the page's data reach the document as text only: textContent, never markup.
const page = JSON.parse(document.getElementById('data').textContent);
const whole = 10000;  // the weight 1 in the data
const $ = id => document.getElementById(id);
const state = {layer: page.layer, head: page.head, view: '', query: -1};  // head -1: their mean; query -1: none kept

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes, ...children) {  // of SVG
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// What cannot be seen, or would turn the text around it, gets a visible sign.
const signs = {'\n': '↵', '\t': '⇥'};
const sign_of = c => signs[c] ?? 'U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
const visible = text => text === '' ? '∅' : text.replace(/^ +| +$/g, spaces => '␣'.repeat(spaces.length))
  .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g, sign_of);
const bdi = text => make('bdi', {}, visible(text));
const token = (text, attributes, tag = 'span') => make(tag, {className: 'token', ...attributes}, bdi(text));
const percent = weight => `${(100 * weight / whole).toFixed(weight < whole / 10 ? 2 : 1)} %`;

// The layer that is seen, and its weights.
const layer = () => page.layers[state.layer];
const mean = layer => layer.mean ??= layer.heads[0].map((_, i) => layer.heads.reduce((sum, head) => sum + head[i], 0) / layer.heads.length);
const head_of = head => head < 0 ? mean(layer()) : layer().heads[head];
const weights = () => head_of(state.head);
const row = query => weights().slice(query * layer().keys.length, (query + 1) * layer().keys.length);
function received(head) {  // by each key, as a mean over the queries
  const {queries, keys} = layer(), all = head_of(head);
  return keys.map((_, k) => queries.reduce((sum, _, q) => sum + all[q * keys.length + k], 0) / queries.length);
}
const largest = values => values.reduce((a, b) => Math.max(a, b), 1);
const tinted = values => {  // 0 to 1; equal weights tint nothing
  const most = largest(values), least = values.reduce((a, b) => Math.min(a, b), most);
  return values.map(v => (v - least) / most);
};
const parts = () => page.picture ? page.picture.rows * page.picture.columns : page.sound ? page.sound.steps : -1;
const lies_over = () => layer().keys.length === parts();
const asks_itself = () => layer().queries.length === parts();  // the queries are the parts, too

// The views. Each builds its elements once for a layer and a head; pointing changes their style and never rebuilds them under the pointer.
function lines() {
  const {queries, keys, from, to} = layer(), height = 24, most = Math.max(queries.length, keys.length);
  const place = (i, of) => (i + .5 + (most - of.length) / 2) * height;
  const column = (labels, name) => make('div', {style: `padding-top: ${(most - labels.length) / 2 * height}px`},
    ...labels.map((text, i) => token(text, {[`data-${name}`]: i})));
  const svg = draw('svg', {viewBox: `0 0 100 ${most * height}`, preserveAspectRatio: 'none', style: `height: ${most * height}px`});
  const faint = Math.min(.01, .5 / keys.length) * whole;
  weights().forEach((w, i) => {
    if (w < faint) return;
    const q = Math.floor(i / keys.length), k = i % keys.length, y = place(q, queries), to_y = place(k, keys);
    svg.append(draw('path', {class: `q${q} k${k}`, d: `M0,${y} C45,${y} 55,${to_y} 100,${to_y}`,
      style: `stroke-width: ${1 + 3 * w / whole}px; stroke-opacity: ${Math.max(.06, w / whole)}`}));
  });
  return make('div', {className: 'lines'}, make('div', {className: 'axis'}, bdi(from)), make('span'), make('div', {className: 'axis'}, bdi(to)),
    column(queries, 'q'), svg, column(keys, 'k'));
}

function heat() {
  const {queries, keys, from, to} = layer(), all = weights(), most = largest(all), cell = Math.max(7, Math.min(32, Math.floor(800 / keys.length)));
  const corner = make('th', {className: 'axis'}, bdi(from), ' ↓  ', bdi(to), ' →');
  const head = make('tr', {}, corner, ...keys.map((text, k) => token(text, {'data-k': k, scope: 'col'}, 'th')));
  const rows = queries.map((text, q) => make('tr', {'data-q': q}, token(text, {scope: 'row'}, 'th'), ...keys.map((_, k) => {
    const w = all[q * keys.length + k];
    return make('td', {style: `--w: ${(w / most).toFixed(3)}`, className: w > .55 * most ? 'strong' : ''},
      cell >= 24 && w >= .095 * whole ? String(Math.round(100 * w / whole)) : '');
  })));
  const long = cell < 20 || keys.some(text => visible(text).length > 3);
  return make('table', {className: long ? 'heat long' : 'heat', style: `--cell: ${cell}px`}, make('thead', {}, head), make('tbody', {}, ...rows));
}

function over() {
  const {rows, columns} = page.picture ?? {rows: 1, columns: page.sound.steps};
  const name = asks_itself() ? 'q' : 'k', cells = layer().keys.map((text, k) => make('div', {className: 'part', [`data-${name}`]: k, 'data-part': k}));
  const stage = make('div', {className: 'stage'},
    make('img', {alt: '', src: `data:image/png;base64,${page.picture ? page.picture.png : page.sound.spectrogram}`}),
    make('div', {className: 'parts', style: `grid-template: repeat(${rows}, 1fr) / repeat(${columns}, 1fr)`}, ...cells));
  const view = make('div', {className: page.picture ? 'over picture' : 'over sound'});
  if (!asks_itself()) view.append(make('div', {className: 'strip'}, ...layer().queries.map((text, q) => token(text, {'data-q': q}))));
  if (page.sound) {
    view.append(draw('svg', {viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': true}, draw('path', {})), stage, sound);
  } else {
    view.append(stage);
  }
  return view;
}

// The sound plays on from view to view, and carries the row along where the rows are its steps.
const sound = page.sound && make('audio', {controls: true, onplay: follow, src: `data:audio/wav;base64,${page.sound.wav}`});
function follow() {
  if (sound.paused || sound.ended || !$('view').contains(sound)) return;
  const step = Math.min(parts() - 1, Math.floor(sound.currentTime / page.sound.seconds * parts()));
  if (asks_itself() && step !== state.query) point(state.query = step);
  requestAnimationFrame(follow);
}

const views = {
  over: {name: page.sound ? 'Sound' : 'Picture', fits: lies_over, build: over},
  lines: {name: 'Lines', fits: () => true, build: lines},
  heat: {name: 'Heat map', fits: () => true, build: heat},
};

// Shows what `query` attends to, or what attends to `key`, in what stands there already. -1: neither.
function point(query, key = -1) {
  const view = $('view'), w = query >= 0 ? row(query) : key >= 0 ? layer().queries.map((_, q) => weights()[q * layer().keys.length + key]) : [];
  for (const old of view.querySelectorAll('.on')) old.classList.remove('on');
  for (const old of view.querySelectorAll('.lines .token')) old.style.removeProperty('--w');
  const mark = selector => view.querySelectorAll(selector).forEach(element => element.classList.add('on'));
  if (query >= 0) mark(`[data-q="${query}"], path.q${query}`);
  if (key >= 0) mark(`th[data-k="${key}"], .lines [data-k="${key}"], path.k${key}`);
  view.querySelector('.lines svg')?.classList.toggle('some', query >= 0 || key >= 0);
  view.querySelector('.heat')?.classList.toggle('some', query >= 0);
  view.querySelectorAll(query >= 0 ? '.lines [data-k]' : '.lines [data-q]').forEach((element, i) => w.length && element.style.setProperty('--w', w[i] / whole));
  const spread = query >= 0 ? w : received(state.head), most = largest(spread), tints = tinted(spread);
  view.querySelectorAll('.part').forEach((part, i) => part.style.setProperty('--w', tints[i].toFixed(3)));
  const curve = spread.map((v, i) => `L${100 * (i + .5) / spread.length},${100 - 96 * v / most}`);
  view.querySelector('.sound path')?.setAttribute('d', `M0,100 ${curve.join(' ')} L100,100 Z`);
  say(query, key, w);
}

function say(query, key, w) {
  const {queries, keys, from, to} = layer(), others = query >= 0 ? keys : queries;
  if (query < 0 && key < 0) {
    const head = layer().heads.length === 1 ? '' : state.head < 0 ? ', the mean of all heads' : `, head ${state.head}`;
    $('description').replaceChildren(`${queries.length} `, bdi(from), ` over ${keys.length} `, bdi(to), head);
    return;
  }
  const best = w.map((_, i) => i).sort((a, b) => w[b] - w[a]).slice(0, 4).filter(i => w[i] > 0);
  $('description').replaceChildren(make('b', {}, bdi(query >= 0 ? queries[query] : keys[key])), query >= 0 ? ' attends to ' : ' is attended to by ',
    ...best.flatMap((i, n) => [n ? ', ' : '', make('i', {}, bdi(others[i])), ` ${percent(w[i])}`]), best.length ? '' : 'nothing');
}

function keep(query) {
  state.query = query;
  point(query);
  remember();
}

// A picture of a head, for its button.
function thumbnail(head) {
  const over_picture = page.picture && lies_over(), values = over_picture ? received(head) : head_of(head), tints = tinted(values);
  const width = over_picture ? page.picture.columns : layer().keys.length, height = values.length / width;
  const canvas = make('canvas', {width, height}), context = canvas.getContext('2d'), image = context.createImageData(width, height);
  const [r, g, b] = getComputedStyle(document.documentElement).getPropertyValue('--ink').trim().split(' ');
  tints.forEach((tint, i) => image.data.set([r, g, b, 255 * Math.sqrt(tint)], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

function show() {
  state.layer = Math.max(0, Math.min(page.layers.length - 1, state.layer));
  state.head = Math.max(-1, Math.min(layer().heads.length - 1, state.head));
  if (layer().heads.length === 1) state.head = 0;
  if (state.query >= layer().queries.length) state.query = -1;
  const view = views[state.view]?.fits() ? state.view : lies_over() ? 'over' : 'lines';
  $('layer').value = state.layer;
  $('views').replaceChildren(...Object.entries(views).filter(([, v]) => v.fits()).map(([name, v]) =>
    make('button', {id: `view-${name}`, 'aria-pressed': name === view, onclick: () => go({view: name})}, v.name)));
  const heads = layer().heads.length > 1 ? [-1, ...layer().heads.keys()] : [];
  $('heads').replaceChildren(...heads.map(head => make('button', {id: `head-${head < 0 ? 'mean' : head}`, 'aria-pressed': head === state.head,
    onclick: () => go({head})}, thumbnail(head), head < 0 ? 'mean' : `head ${head}`)));
  $('view').replaceChildren(views[view].build());
  point(state.query);
}

function go(change) {
  const focused = document.activeElement?.id;
  Object.assign(state, change);
  show();
  if (focused) $(focused)?.focus();
  remember();
}

// The state stands in the address, so that a link says what to see.
function remember() {
  const words = {layer: state.layer, head: state.head < 0 ? 'mean' : state.head};
  if (state.view) words.view = state.view;
  if (state.query >= 0) words.query = state.query;
  history.replaceState(null, '', '#' + new URLSearchParams(words));
}
function recall() {
  const words = new URLSearchParams(location.hash.slice(1)), number = (name, otherwise) => /^\d+$/.test(words.get(name)) ? Number(words.get(name)) : otherwise;
  state.layer = number('layer', page.layer);
  state.head = number('head', words.has('head') ? -1 : page.head);
  state.query = number('query', -1);
  state.view = Object.hasOwn(views, words.get('view')) ? words.get('view') : '';
  show();
}

const index = (element, name) => Number(element.closest(`[data-${name}]`)?.getAttribute(`data-${name}`) ?? -1);
$('view').addEventListener('pointerover', event => {
  const query = index(event.target, 'q'), key = index(event.target, 'k');
  if (query >= 0) point(query);
  else if (key >= 0 && !event.target.closest('.over')) point(-1, key);
});
$('view').addEventListener('pointerleave', () => point(state.query));
$('view').addEventListener('click', event => {
  const query = index(event.target, 'q'), part = index(event.target, 'part');
  if (sound && part >= 0) sound.currentTime = part / parts() * page.sound.seconds;
  if (query >= 0) keep(query === state.query ? -1 : query);
});
addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest('select, audio')) return;
  const turn = (value, by, from, to) => value + by < from ? to : value + by > to ? from : value + by;
  const {queries, heads} = layer(), fitting = Object.keys(views).filter(name => views[name].fits());
  const shown = fitting.find(name => $(`view-${name}`).getAttribute('aria-pressed') === 'true');
  const act = {
    ArrowDown: () => keep(turn(state.query, 1, 0, queries.length - 1)), ArrowUp: () => keep(turn(Math.max(0, state.query), -1, 0, queries.length - 1)),
    ArrowRight: () => go({head: turn(state.head, 1, -1, heads.length - 1)}), ArrowLeft: () => go({head: turn(state.head, -1, -1, heads.length - 1)}),
    ']': () => go({layer: turn(state.layer, 1, 0, page.layers.length - 1)}), '[': () => go({layer: turn(state.layer, -1, 0, page.layers.length - 1)}),
    v: () => go({view: fitting[(fitting.indexOf(shown) + 1) % fitting.length]}), Escape: () => keep(-1),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
$('layer').append(...page.layers.map((layer, i) => make('option', {value: i}, visible(layer.name))));
$('layer').onchange = () => go({layer: Number($('layer').value)});
$('title').textContent = visible(page.title);
$('note').textContent = page.note && visible(page.note);
addEventListener('hashchange', recall);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
recall();
