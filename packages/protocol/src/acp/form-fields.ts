import { isObject } from '@holdfast/contract/shape'

type Fields = Readonly<Record<string, unknown>>

/** One field of a form that an agent asks a person to fill in. ACP §1, `elicitation/create`. */
export interface FormField {
  readonly name: string
  /** For people. */
  readonly label: string
  readonly description: string | undefined
  readonly type: 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'choices'
  /** Of a choice, or of several. */
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  /** The value of the field when it is left empty. */
  readonly preset: unknown
  readonly isNeeded: boolean
}

/**
 * The fields of a form, in their order: one level of texts, numbers, booleans and choices. Empty where the schema is
 * not a form.
 */
export function formFieldsOf(schema: unknown): readonly FormField[] {
  const { properties, required } = fieldsOf(schema)
  const needed = listOf(required)
  return Object.entries(fieldsOf(properties)).map(([name, one]) => {
    const described = fieldsOf(one)
    const { title, description, type, default: preset } = described
    const choices = choicesOf(type === 'array' ? fieldsOf(described['items']) : described)
    return {
      name,
      label: textOr(title, name),
      description: typeof description === 'string' ? description : undefined,
      type: typeOf(type, choices.length > 0),
      choices,
      preset,
      isNeeded: needed.includes(name),
    }
  })
}

/** The value of a field, undefined where it was left empty; or, as `issue`, what is expected instead. */
export type FormValue = { readonly value: unknown } | { readonly issue: string }

/** Reads what a person typed, or chose; several choices are separated by commas. */
export function formValueOf({ type, choices, isNeeded }: FormField, said: string): FormValue {
  const text = said.trim()
  if (text === '')
    return isNeeded && type !== 'boolean' ? { issue: 'something, since it is needed' } : { value: undefined }
  if (type === 'boolean') return yesOrNo(text)
  if (type === 'text') return { value: said }
  if (type === 'number' || type === 'integer') {
    const value = Number(text)
    const isFit = type === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value)
    return isFit ? { value } : { issue: type === 'number' ? 'a number' : 'a whole number' }
  }
  const chosen = (type === 'choices' ? text.split(',') : [text]).map((word) => {
    const wanted = word.trim().toLowerCase()
    return choices.find(({ value, label }) => value.toLowerCase() === wanted || label.toLowerCase() === wanted)?.value
  })
  if (chosen.includes(undefined)) return { issue: `one of ${choices.map(({ value }) => value).join(', ')}` }
  return { value: type === 'choices' ? chosen : chosen[0] }
}

function yesOrNo(text: string): FormValue {
  if (/^(y(es)?|true|on)$/i.test(text)) return { value: true }
  return /^(no?|false|off)$/i.test(text) ? { value: false } : { issue: 'y or n' }
}

function typeOf(type: unknown, hasChoices: boolean): FormField['type'] {
  if (type === 'array') return 'choices'
  if (hasChoices) return 'choice'
  return type === 'number' || type === 'integer' || type === 'boolean' ? type : 'text'
}

/** Words of a list, or words with titles. */
function choicesOf({ enum: words, oneOf, anyOf }: Fields): FormField['choices'] {
  const plain = listOf(words).flatMap((word) => (typeof word === 'string' ? [{ value: word, label: word }] : []))
  const titled = [...listOf(oneOf), ...listOf(anyOf)].flatMap((one) => {
    const { const: value, title } = fieldsOf(one)
    return typeof value === 'string' ? [{ value, label: textOr(title, value) }] : []
  })
  return [...plain, ...titled]
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
