// Uses @segment/analytics-node as a team would, with only the host changed.
//
//     node client.cjs HOST WRITE_KEY SCENARIO TAG      (NODE_PATH names the installed SDK)
//
// Scenarios: `everything` (one message of every kind), `many` (250 events: several
// batches), `one` (a single event). The last line printed is a report of the errors
// that the SDK emitted.

const { Analytics } = require('@segment/analytics-node')

const [host, writeKey, scenario, tag] = process.argv.slice(2)
const errors = []
const analytics = new Analytics({ writeKey, host })
analytics.on('error', (error) => errors.push(`${error.code}: ${error.reason ?? ''}`))
const userId = `user-${tag}`

const scenarios = {
  everything() {
    analytics.identify({ userId, traits: { email: `${tag}@example.com`, firstName: 'Ada', plan: 'gold' } })
    analytics.track({
      userId,
      event: 'Order Completed',
      properties: { order_id: `o-${tag}`, revenue: 12.5, currency: 'USD' },
    })
    analytics.page({ userId, category: 'Docs', name: 'Getting started', properties: { path: '/start' } })
    analytics.screen({ userId, name: 'Front', properties: { variant: 2 } })
    analytics.group({ userId, groupId: `group-${tag}`, traits: { employees: 12 } })
    analytics.alias({ userId, previousId: `anonymous-${tag}` })
  },
  many() {
    for (let number = 0; number < 250; number++) {
      analytics.track({ userId, event: 'Counted', properties: { number } })
    }
  },
  one() {
    analytics.track({ userId, event: 'Counted', properties: { number: 1 } })
  },
}

async function main() {
  scenarios[scenario]()
  await analytics.closeAndFlush({ timeout: 60_000 })
  console.log(JSON.stringify({ errors }))
}

main()
