import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkStore, type SqliteLog } from '../src/index.ts'
import { edit, event, kit, POLL, producer } from './kit.ts'

const { newPath, open } = kit()
const damaged = { code: 'log/damaged' }
const PAGE = 4096

/** Three sessions of three events, with snapshots; closed. */
async function written(): Promise<string> {
  const path = newPath()
  const { log } = open(path)
  for (const session of ['a', 'b', 'c']) {
    await log.createSession(session, { label: session, tags: ['t'] })
    for (let i = 0; i < 3; i++) await log.append(session, [event({ i })], { producer })
    await log.putSnapshot(session, 2, { session })
  }
  await log.close()
  return path
}

/** Whatever is wrong with `b`, the others do all that they should. */
async function expectOthersServed(log: SqliteLog): Promise<void> {
  for (const session of ['a', 'c']) {
    expect((await log.read(session, { after: 0 })).events.length).toBeGreaterThan(2)
    expect(await log.snapshot(session)).toMatchObject({ n: 2 })
    expect(await log.append(session, [event()], { producer })).toMatchObject({ outcome: 'appended' })
  }
  expect((await log.listSessions()).sessions.map(({ id }) => id)).toEqual(expect.arrayContaining(['c', 'a']))
  expect((await log.listSessions({ tag: 't' })).sessions.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['c', 'a']),
  )
}

const ofB = "sid = (SELECT sid FROM session WHERE name = 'b')"

describe('a damaged record', () => {
  // Bytes that are no text, as a value of the type that every driver hands over as it is.
  it.each([
    ['bytes that are no text in a payload', `UPDATE event SET payload = x'22ff22' WHERE n = 2 AND ${ofB}`, 'read'],
    ['a payload that is cut', `UPDATE event SET payload = '{"i":' WHERE n = 2 AND ${ofB}`, 'read'],
    ['bytes that are no text in an id', `UPDATE event SET id = x'ff' WHERE n = 3 AND ${ofB}`, 'head'],
    ['an event that is missing', `DELETE FROM event WHERE n = 2 AND ${ofB}`, 'read'],
    ['a number that is none', `UPDATE event SET at = 'soon' WHERE n = 2 AND ${ofB}`, 'read'],
    ['bytes that are no text in a snapshot', `UPDATE snapshot SET state = x'22ff22' WHERE ${ofB}`, 'snapshot'],
    ['a snapshot that is cut', `UPDATE snapshot SET state = '{"session"' WHERE ${ofB}`, 'snapshot'],
    ['bytes that are no text in the description', "UPDATE session SET info = x'ff' WHERE name = 'b'", 'find'],
    ['a description that is cut', `UPDATE session SET info = '{"label":"b' WHERE name = 'b'`, 'find'],
    ['bytes that are no text in the epoch', "UPDATE session SET epoch = x'ff' WHERE name = 'b'", 'head'],
  ])('of one session harms no other: %s', async (_, sql, op) => {
    const path = await written()
    edit(path, (database) => database.exec(sql))
    // A check finds it too, by the session's name.
    const { isWhole, damaged: found } = await checkStore(path)
    expect([isWhole, found]).toEqual([
      false,
      [{ session: expect.stringMatching(/^b$|^number/), reason: expect.any(String) }],
    ])
    const { log, warnings } = open(path)
    const ask = {
      read: () => log.read('b', { after: 0 }),
      head: () => log.head('b'),
      snapshot: () => log.snapshot('b'),
      find: () => log.findSession('b'),
    }[op]
    await expect(ask?.()).rejects.toMatchObject(damaged)
    await expectOthersServed(log)
    // Closed off as a whole, with words for the operator, once.
    await expect(log.head('b')).rejects.toMatchObject(damaged)
    expect(await log.append('b', [event()], { producer })).toEqual({ outcome: 'refused', reason: 'damaged' })
    expect(warnings).toEqual([
      {
        operation: 'read',
        session: 'b',
        message: expect.stringMatching(/^The store cannot read session "b": a record/),
      },
    ])
    expect(log.health()).toEqual({ ok: true, damaged: ['b'] })
  })

  it('is left out of a list, which says so', async () => {
    const path = await written()
    edit(path, (database) => database.exec("UPDATE session SET info = x'ff' WHERE name = 'b'"))
    const { log } = open(path)
    expect((await log.listSessions({ tag: 't' })).sessions.map(({ id }) => id)).toEqual(['c', 'a'])
    expect(log.health()).toEqual({ ok: true, damaged: ['b'] })
  })

  it('goes with its session, which can begin anew', async () => {
    const path = await written()
    edit(path, (database) => database.exec(`UPDATE event SET id = x'ff' WHERE n = 3 AND ${ofB}`))
    const { log } = open(path)
    await expect(log.head('b')).rejects.toMatchObject(damaged)
    expect(await log.removeSession('b')).toBe(true)
    expect(log.health()).toEqual({ ok: true })
    expect(await log.createSession('b')).toMatchObject({ outcome: 'created' })
    expect(await log.append('b', [event()], { producer })).toMatchObject({ outcome: 'appended', first: 1 })
  })
})

describe('a check', () => {
  it('counts what a sound file has, and reports its progress', async () => {
    const path = await written()
    const progress: number[] = []
    const report = await checkStore(path, { onProgress: (done, total) => progress.push(done / total) })
    expect(report).toEqual({ isWhole: true, sessions: 3, events: 9, damaged: [], findings: [] })
    expect(progress.at(-1)).toBe(1)
    expect(await open(path).log.head('a')).toMatchObject({ last: 3 })
  })

  it('leaves a file alone that is in use, is none, or is not there', async () => {
    const path = await written()
    await open(path).log.opened
    await expect(checkStore(path)).rejects.toMatchObject({ code: 'sqlite/locked' })
    await expect(checkStore(`${path}.none`)).rejects.toMatchObject({ code: 'sqlite/open_failed' })
    writeFileSync(`${path}.text`, 'no database\n'.repeat(400))
    await expect(checkStore(`${path}.text`)).rejects.toMatchObject({ code: 'sqlite/not_a_log' })
  })

  it('names a damaged page', async () => {
    const path = await written()
    const bytes = readFileSync(path)
    const at = Math.floor(bytes.indexOf('{"i":1}') / PAGE)
    bytes.fill(0, at * PAGE, (at + 1) * PAGE)
    writeFileSync(path, bytes)
    const report = await checkStore(path)
    expect(report.isWhole).toBe(false)
    expect(report.findings.length).toBeGreaterThan(0)
  })
})

describe('a damaged page', () => {
  it('never ends the process, leaves no caller waiting, and shows in health for as long as it is there', async () => {
    const path = newPath()
    const { log: first } = open(path)
    for (const session of ['a', 'b']) {
      await first.createSession(session)
      for (let i = 0; i < 4; i++) await first.append(session, [event('x'.repeat(9_000))], { producer })
    }
    await first.close()
    const whole = readFileSync(path)
    for (let page = 2; page * PAGE < whole.length; page += 2) {
      const bytes = Buffer.from(whole)
      bytes.fill(0, page * PAGE, (page + 1) * PAGE)
      writeFileSync(path, bytes)
      const { log, warnings } = open(path)
      if ((await log.opened.catch(() => 'refused')) === 'refused') continue
      const asked = ['a', 'b'].flatMap((session) => [
        log.read(session, { after: 0, limit: 100 }),
        log.read(session, { after: 2 }),
        log.append(session, [event()], { producer }),
      ])
      const answers = await Promise.allSettled(asked)
      const failed = answers.filter((answer) => answer.status === 'rejected' || 'reason' in answer.value)
      if (failed.length > 0) {
        // The last page of a long payload: that record is cut, and the file is sound.
        const told = () => log.health().reason ?? log.health().damaged
        const whole = expect.arrayContaining([expect.any(String)])
        await expect.poll(told, POLL).toEqual(log.health().ok ? whole : 'a page of the file is damaged')
        expect(warnings.length, `page ${page}`).toBeGreaterThan(0)
      }
      await log.close()
    }
  }, 60_000)

  it('in one session leaves the others whole, and an unrelated success does not set health right', async () => {
    const path = newPath()
    const { log: first } = open(path)
    await first.createSession('a')
    await first.createSession('b')
    for (let i = 0; i < 6; i++) await first.append('a', [event('y'.repeat(30_000))], { producer })
    for (let i = 0; i < 6; i++) await first.append('b', [event(`needle${i}`.repeat(5_000))], { producer })
    await first.close()
    const bytes = readFileSync(path)
    // Pages that hold nothing but the middle of payloads of `b`: their links to the next page go too.
    const at = bytes.indexOf('needle3needle3', Math.ceil(bytes.indexOf('needle3needle3') / PAGE + 2) * PAGE)
    const page = Math.floor(at / PAGE)
    bytes.fill(0, page * PAGE, (page + 1) * PAGE)
    writeFileSync(path, bytes)
    const { log } = open(path)
    await expect(log.read('b', { after: 0 })).rejects.toMatchObject(damaged)
    expect((await log.read('a', { after: 0 })).events).toHaveLength(6)
    expect(await log.append('a', [event()], { producer })).toMatchObject({ outcome: 'appended' })
    await expect(log.head('b')).rejects.toMatchObject(damaged)
    expect(log.health()).toMatchObject({
      ok: false,
      failing: { read: 'a page of the file is damaged' },
      damaged: ['b'],
    })
    expect(await log.removeSession('b')).toBe(true)
    await expect.poll(() => log.health(), POLL).toEqual({ ok: true })
  })
})
