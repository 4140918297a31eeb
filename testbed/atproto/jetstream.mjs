// Prints what an account's server said of it as a Jetstream would, one JSON object a line, in the form that its README
// gives (there is no Jetstream on the test bed). usage: node jetstream.mjs DID [SECONDS=3]
import fs from 'node:fs'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url), WebSocket = require('ws'), { cborDecodeMulti } = require('@atproto/common'), { readCar, cborToLexRecord } = require('@atproto/repo'), { lexToJson } = require('@atproto/lexicon')
const net = JSON.parse(fs.readFileSync(`${process.env.TB_RUN ?? '.'}/net.json`)), [did, seconds] = process.argv.slice(2)
const ws = new WebSocket(`${net.pds[0].replace('http', 'ws')}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`)
let busy = Promise.resolve()
const say = (time, kind, body) => console.log(JSON.stringify({ did, time_us: Date.parse(time) * 1000, kind, [kind]: body }))
const tell = async ([head, body]) => {
  const { seq, time } = body
  if ((body.did ?? body.repo) !== did) return
  if (head.t === '#identity') say(time, 'identity', { did, handle: body.handle, seq, time })
  if (head.t === '#account') say(time, 'account', { active: body.active, did, seq, status: body.status, time })
  if (head.t !== '#commit') return
  const { blocks } = await readCar(body.blocks)
  for (const { action, path, cid } of body.ops) {
    const [collection, rkey] = path.split('/')
    say(time, 'commit', { rev: body.rev, operation: action, collection, rkey, ...(cid && { record: lexToJson(cborToLexRecord(blocks.get(cid))), cid: cid.toString() }) })
  }
}
ws.on('message', (frame) => { const message = cborDecodeMulti(new Uint8Array(frame)); busy = busy.then(() => tell(message)) })
setTimeout(() => busy.then(() => ws.close()), (seconds ?? 3) * 1000)
