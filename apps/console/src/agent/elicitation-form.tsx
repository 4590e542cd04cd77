import { fieldsOf } from '../state/entries.ts'

interface FormProps {
  /** JSON Schema of what is asked, as ACP has it: one level of texts, numbers, yes or no, and words of a list. */
  readonly schema: unknown
  readonly answer: (result: Readonly<Record<string, unknown>>) => void
}

/** What an agent wants to know, as a form. */
export function ElicitationForm({ schema, answer }: FormProps) {
  const { properties, required } = fieldsOf(schema)
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  const fields = Object.entries(fieldsOf(properties))
  return (
    <form
      class="elicitation"
      onSubmit={(event) => {
        event.preventDefault()
        const given = new FormData(event.currentTarget)
        const content = Object.fromEntries(
          fields.flatMap(([name, described]) => {
            const value = typedAs(given.get(name), fieldsOf(described)['type'])
            return value === undefined ? [] : [[name, value]]
          }),
        )
        answer({ action: 'accept', content })
      }}
    >
      {fields.map(([name, described]) => (
        <Field key={name} name={name} described={fieldsOf(described)} isNeeded={needed.includes(name)} />
      ))}
      <div class="row">
        <button type="submit" class="primary">
          Send
        </button>
        <button type="button" onClick={() => answer({ action: 'decline' })}>
          Decline
        </button>
      </div>
    </form>
  )
}

interface FieldProps {
  readonly name: string
  readonly described: Readonly<Record<string, unknown>>
  readonly isNeeded: boolean
}

function Field({ name, described, isNeeded }: FieldProps) {
  const { title, type, enum: words, default: preset } = described
  const label = typeof title === 'string' ? title : name
  const value = preset === undefined ? '' : String(preset)
  if (type === 'boolean') {
    return (
      <label>
        <input type="checkbox" name={name} defaultChecked={preset === true} /> {label}
      </label>
    )
  }
  if (Array.isArray(words)) {
    return (
      <label>
        {label}
        <select name={name} required={isNeeded} defaultValue={value}>
          {words.map((word: unknown) => (
            <option key={String(word)}>{String(word)}</option>
          ))}
        </select>
      </label>
    )
  }
  const common = { id: name, name, required: isNeeded, defaultValue: value }
  const isNumber = type === 'number' || type === 'integer'
  return (
    <p>
      <label for={name}>{label}</label>
      {isNumber ? <input type="number" step={type === 'number' ? 'any' : '1'} {...common} /> : <input {...common} />}
    </p>
  )
}

function typedAs(value: FormDataEntryValue | null, type: unknown): unknown {
  if (type === 'boolean') return value !== null
  if (typeof value !== 'string' || value === '') return undefined
  return type === 'number' || type === 'integer' ? Number(value) : value
}
