import { describe, expect, it } from 'vitest'
import { positionOfUuid, positionUuid, uuidOfPosition } from './position-uuid.ts'

const position = { epoch: 'abc123', seq: 4_294_967_299, anchor: 'deadbeef' }

describe('positionUuid', () => {
  it('is a uuid of version 8 and always the same', () => {
    const uuid = positionUuid(position)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(positionUuid(position)).toBe(uuid)
    expect(uuidOfPosition('abc123.4294967299.deadbeef')).toBe(uuid)
  })

  it('names its position again, in its own log only', () => {
    const uuid = positionUuid(position)
    expect(positionOfUuid(uuid, 'abc123')).toEqual(position)
    expect(positionOfUuid(uuid.toUpperCase(), 'abc123')).toEqual(position)
    expect(positionOfUuid(uuid, 'another')).toBeUndefined()
  })

  it.each(['', 'not a uuid', '5f64c6a4-6f0c-4a3e-9d55-8f2c1f1f9a11'])('names nothing: %j', (uuid) => {
    expect(positionOfUuid(uuid, 'abc123')).toBeUndefined()
  })

  it('two numbers have two uuids', () => {
    expect(positionUuid({ ...position, seq: 1 })).not.toBe(positionUuid({ ...position, seq: 2 }))
  })
})
