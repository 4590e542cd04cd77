import { checkServer } from '@holdfast/conformance'
import { say, token, url } from './surroundings.mjs'

const [result] = await checkServer({ wire: 'hub', url, token, only: ['hub/live'] })
say(result.id, result.outcome)
