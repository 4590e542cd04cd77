import { expect, it } from 'vitest'
import { formFieldsOf, formValueOf } from './form-fields.ts'

const FORM = {
  type: 'object',
  properties: {
    name: { type: 'string', title: 'Name', description: 'of the branch' },
    count: { type: 'integer', default: 2 },
    rate: { type: 'number' },
    sure: { type: 'boolean' },
    size: { type: 'string', enum: ['small', 'large'] },
    where: {
      type: 'string',
      oneOf: [
        { const: 'eu', title: 'Europe' },
        { const: 'us', title: 'America' },
      ],
    },
    parts: {
      type: 'array',
      items: {
        anyOf: [
          { const: 'a', title: 'First' },
          { const: 'b', title: 'Second' },
        ],
      },
    },
  },
  required: ['name'],
}

it('the fields of a form are read in their order, with what they are called and what they may be', () => {
  const fields = formFieldsOf(FORM)
  expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'name text',
    'count integer',
    'rate number',
    'sure boolean',
    'size choice',
    'where choice',
    'parts choices',
  ])
  expect(fields[0]).toMatchObject({ label: 'Name', description: 'of the branch', isNeeded: true })
  expect(fields[1]).toMatchObject({ label: 'count', preset: 2, isNeeded: false })
  expect(fields[5]?.choices).toEqual([
    { value: 'eu', label: 'Europe' },
    { value: 'us', label: 'America' },
  ])
})

it.each([undefined, 7, [], { properties: [] }, { properties: null }])('the value %j is no form', (schema) => {
  expect(formFieldsOf(schema)).toEqual([])
})

it.each<[string, string, unknown]>([
  ['name', ' main ', { value: ' main ' }],
  ['name', '', { issue: 'something, since it is needed' }],
  ['count', '3', { value: 3 }],
  ['count', '3.5', { issue: 'a whole number' }],
  ['count', 'three', { issue: 'a whole number' }],
  ['rate', '3.5', { value: 3.5 }],
  ['rate', '1e999', { issue: 'a number' }],
  ['sure', 'Yes', { value: true }],
  ['sure', 'n', { value: false }],
  ['sure', 'maybe', { issue: 'y or n' }],
  ['sure', '', { value: undefined }],
  ['size', 'LARGE', { value: 'large' }],
  ['size', 'huge', { issue: 'one of small, large' }],
  ['where', 'europe', { value: 'eu' }],
  ['parts', 'First, b', { value: ['a', 'b'] }],
  ['parts', 'c', { issue: 'one of a, b' }],
])('an answer to the field %s given as %j is read', (name, said, read) => {
  const field = formFieldsOf(FORM).find((one) => one.name === name)
  expect(field && formValueOf(field, said)).toEqual(read)
})
