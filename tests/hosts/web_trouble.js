// The sample of the web whose store goes away while it runs: a call that may block must not wait
// for it, because a page stands still meanwhile.
//
//   node web_trouble.js FOLDER     FOLDER has web.js and web.wasm; nothing listens for the events
'use strict';
const fs = require('fs');
const path = require('path');

const folder = path.resolve(process.argv[2]);
require(path.join(folder, 'web.js'))({
  arguments: ['http://127.0.0.1:4', '50', '2'],
  wasmBinary: fs.readFileSync(path.join(folder, 'web.wasm')),
  keep: () => {},
}).then((page) => {
  page.FS.rename('/store', '/elsewhere');
  page.FS.writeFile('/store', 'no folder');
});
