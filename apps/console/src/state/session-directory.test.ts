import type { HubSessionSummary } from '@holdfast/protocol/hub/rest'
import { expect, it, vi } from 'vitest'
import { Api } from './api.ts'
import { SessionDirectory } from './session-directory.ts'

const session = (sessionId: string, at: number, more: Partial<HubSessionSummary> = {}): HubSessionSummary => ({
  ...{ sessionId, label: '', status: 'active', mode: 'tui', visibility: 'private' },
  createdAt: new Date(0).toISOString(),
  lastActivityAt: new Date(at).toISOString(),
  ...more,
})

it('the list of sessions is ordered by their last event, without tasks of a tracker and without archived ones', async () => {
  vi.stubGlobal('requestAnimationFrame', () => 0)
  const told = [
    session('old', 1),
    session('task-1', 9, { tags: ['task'] }),
    session('new', 5),
    session('away', 7, { bucket: 'history' }),
  ]
  const api = new Api('http://h', 'token')
  vi.spyOn(api, 'sessions').mockImplementation(() => Promise.resolve(told))
  const directory = new SessionDirectory(api, () => {})
  await directory.refresh()
  const ids = (): readonly string[] => directory.shown.map(({ sessionId }) => sessionId)
  expect(ids()).toEqual(['new', 'old'])
  expect([directory.taskCount, directory.archivedCount]).toEqual([1, 1])
  directory.showTasks(true)
  directory.showArchived(true)
  expect(ids()).toEqual(['task-1', 'away', 'new', 'old'])
  vi.unstubAllGlobals()
})
