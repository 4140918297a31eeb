// What a study that hands over needs of the network, and what the moderation service then holds.
// usage: node ozone.mjs password N     an app password of account N, as JSON {handle, did, password}
//        node ozone.mjs moderator N    makes account N a moderator of the service
//        node ozone.mjs events         every event of the service, oldest first: {type, subject, createdBy, comment, reportType, modTool}
import fs from 'node:fs'
const run = process.env.TB_RUN ?? '.', net = JSON.parse(fs.readFileSync(`${run}/net.json`)), acc = JSON.parse(fs.readFileSync(`${run}/truth.json`))
const [what, n] = process.argv.slice(2)
const admin = 'Basic ' + Buffer.from(`admin:${net.adminPassword}`).toString('base64')
const ask = async (url, authorization, body) => {
  const r = await fetch(url, { ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...(body && { 'content-type': 'application/json' }), authorization, 'x-ratelimit-bypass': 'testbed' } })
  if (!r.ok) throw new Error(`${url} ${r.status} ${await r.text()}`)
  return r.json()
}
if (what === 'password') {
  const a = acc[n]
  const session = await ask(`${a.pds}/xrpc/com.atproto.server.createSession`, '', { identifier: a.did, password: `pw-${a.n}` })
  const made = await ask(`${a.pds}/xrpc/com.atproto.server.createAppPassword`, `Bearer ${session.accessJwt}`, { name: `hand-over ${Date.now()}` })
  console.log(JSON.stringify({ handle: a.handle, did: a.did, password: made.password }))
} else if (what === 'moderator') {
  console.log(JSON.stringify(await ask(`${net.ozone}/xrpc/tools.ozone.team.addMember`, admin, { did: acc[n].did, role: 'tools.ozone.team.defs#roleModerator' })))
} else {
  const all = []
  for (let cursor = ''; cursor !== undefined;) {
    const page = await ask(`${net.ozone}/xrpc/tools.ozone.moderation.queryEvents?sortDirection=asc&limit=100${cursor && `&cursor=${cursor}`}`, admin)
    all.push(...page.events); cursor = page.events.length ? page.cursor : undefined
  }
  console.log(JSON.stringify(all.map((e) => ({ type: e.event.$type.split('#')[1], subject: e.subject.did ?? e.subject.uri, createdBy: e.createdBy, comment: e.event.comment, reportType: e.event.reportType, modTool: e.modTool?.name }))))
}
