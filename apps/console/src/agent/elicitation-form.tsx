import { type FormField, formFieldsOf, formValueOf } from '@holdfast/protocol/acp'
import { visibleText } from '@holdfast/protocol/text'

interface FormProps {
  /** JSON Schema of what is asked, as ACP has it: one level of texts, numbers, yes or no, and words of a list. */
  readonly schema: unknown
  readonly answer: (result: Readonly<Record<string, unknown>>) => void
}

/** What an agent wants to know, as a form. */
export function ElicitationForm({ schema, answer }: FormProps) {
  const fields = formFieldsOf(schema)
  return (
    <form
      class="elicitation"
      onSubmit={(event) => {
        event.preventDefault()
        const given = new FormData(event.currentTarget)
        const content = fields.flatMap((field) => {
          const read = formValueOf(field, saidTo(field, given))
          return 'value' in read && read.value !== undefined ? [[field.name, read.value]] : []
        })
        answer({ action: 'accept', content: Object.fromEntries(content) })
      }}
    >
      {fields.map((field) => (
        <Field key={field.name} field={field} />
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

/** A box that is not ticked says no. */
function saidTo({ name, type }: FormField, given: FormData): string {
  const said = given.getAll(name).map(String)
  return type === 'boolean' ? (said.length > 0 ? 'yes' : 'no') : said.join(',')
}

function Field({ field }: { readonly field: FormField }) {
  const { name, type, choices, preset, isNeeded } = field
  const label = visibleText(field.label)
  const value = preset === undefined ? '' : String(preset)
  if (type === 'boolean') {
    return (
      <label>
        <input type="checkbox" name={name} defaultChecked={preset === true} /> {label}
      </label>
    )
  }
  if (type === 'choice' || type === 'choices') {
    const chosen = Array.isArray(preset) ? preset.map(String) : [value]
    return (
      <label>
        {label}
        <select name={name} required={isNeeded} multiple={type === 'choices'}>
          {type === 'choice' && !isNeeded && <option value="">–</option>}
          {choices.map((one) => (
            <option key={one.value} value={one.value} selected={chosen.includes(one.value)}>
              {visibleText(one.label)}
            </option>
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
