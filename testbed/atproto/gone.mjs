// Makes accounts that are gone in each way, waits until the AppView says so, and prints their DIDs as JSON:
// {"suspended":DID,"deactivated":DID,"deleted":DID}. Changes no other account. usage: node gone.mjs
import fs from 'node:fs'
const net = JSON.parse(fs.readFileSync(`${process.env.TB_RUN ?? '.'}/net.json`)), host = net.pds[0], tag = Date.now().toString(36)
const basic = 'Basic ' + Buffer.from(`admin:${net.adminPassword}`).toString('base64')
const post = async (nsid, body, authorization) => {
  const r = await fetch(`${host}/xrpc/${nsid}`, { method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-ratelimit-bypass': 'testbed', ...(authorization && { authorization }) } })
  if (!r.ok) throw new Error(`${nsid} ${r.status} ${await r.text()}`)
  return r.json().catch(() => ({}))
}
const said = async (did) => (await (await fetch(`${net.appview}/xrpc/app.bsky.actor.getProfile?actor=${did}`)).json())
const until = async (what, did, holds) => {
  for (let i = 0; i < 240; i++) { if (holds(await said(did))) return; await new Promise((r) => setTimeout(r, 250)) }
  throw new Error(`the AppView does not say that ${did} is ${what}`)
}
const ends = {
  suspended: [(a) => post('com.atproto.admin.updateSubjectStatus', { subject: { $type: 'com.atproto.admin.defs#repoRef', did: a.did }, takedown: { applied: true, ref: 'test' } }, basic), (s) => s.error === 'AccountTakedown'],
  deactivated: [(a) => post('com.atproto.server.deactivateAccount', {}, `Bearer ${a.accessJwt}`), (s) => s.error === 'AccountDeactivated'],
  deleted: [(a) => post('com.atproto.admin.deleteAccount', { did: a.did }, basic), (s) => s.message === 'Profile not found'],
}
const dids = {}
for (const [what, [end, holds]] of Object.entries(ends)) {
  const name = `g${what.slice(0, 4)}${tag}`
  const a = await post('com.atproto.server.createAccount', { handle: `${name}.test`, email: `${name}@example.test`, password: 'pw' })
  await until('there', a.did, (s) => s.did === a.did)
  await end(a); await until(what, a.did, holds)
  dids[what] = a.did
}
console.log(JSON.stringify(dids))
