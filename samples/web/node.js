// Runs the sample under Node. A page would keep the bytes in IndexedDB.
//
//   node web_node.js URL EVENTS SECONDS [FILE]      FILE: where the store's bytes are kept
'use strict';
const fs = require('fs');
const path = require('path');
const createWeb = require('./web.js');

const [url, events, seconds, file] = process.argv.slice(2);
createWeb({
  arguments: [url, events, seconds],
  // Otherwise the module would be fetched, which Node does from no file.
  wasmBinary: fs.readFileSync(path.join(__dirname, 'web.wasm')),
  preRun: [(module) => { module.ENV.EMBEDDABLES_DEBUG = process.env.EMBEDDABLES_DEBUG || ''; }],
  kept: file && fs.existsSync(file) ? fs.readFileSync(file) : undefined,
  keep: (bytes, pending) => {
    if (file && bytes) fs.writeFileSync(file, bytes);
    process.exitCode = pending === 0 ? 0 : 3;
  },
});
