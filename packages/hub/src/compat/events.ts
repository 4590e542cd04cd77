import { HUB_EVENTS } from '@holdfast/protocol/hub'

/** The names of the events that a hub is known to send. */
export const CoderHubEventNames: typeof HUB_EVENTS = HUB_EVENTS
export type CoderHubEventName = (typeof HUB_EVENTS)[number]

type Constants = { readonly [Name in CoderHubEventName as Uppercase<Name>]: Name }

/** The same by constant: `CoderHubEvents.SESSION_START` is `'session_start'`. */
export const CoderHubEvents: Constants = /* @__PURE__ */ constants()

function constants(): Constants {
  const all = Object.fromEntries(HUB_EVENTS.map((name) => [name.toUpperCase(), name]))
  if (isConstants(all)) return all
  throw new TypeError('Expected a constant for each event.')
}

function isConstants(all: object): all is Constants {
  return HUB_EVENTS.every((name) => Reflect.get(all, name.toUpperCase()) === name)
}
