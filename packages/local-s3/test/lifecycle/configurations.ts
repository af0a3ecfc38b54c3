/** A valid rule, except for the given parts. */
export const rule = ({
  id = '<ID>a</ID>',
  status = 'Enabled',
  filter = '<Filter><Prefix>a/</Prefix></Filter>',
  action = expire(1),
} = {}) => `<Rule>${id}${filter}<Status>${status}</Status>${action}</Rule>`
const expire = (days: string | number) => `<Expiration><Days>${days}</Days></Expiration>`
const transition = (when: string, storageClass = 'GLACIER') =>
  `<Transition>${when}<StorageClass>${storageClass}</StorageClass></Transition>`
const abort = (days: string | number) =>
  `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`
export const tag = (key: string, value = 'v') => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`
const filter = (inner: string) => `<Filter>${inner}</Filter>`
export const and = (inner: string) => filter(`<And>${inner}</And>`)
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => rule({ id: `<ID>${index}</ID>` })).join('')

export const MalformedXML = '400 MalformedXML'
const InvalidArgument = '400 InvalidArgument'
const InvalidRequest = '400 InvalidRequest'
const InvalidTag = '400 InvalidTag'

const expireOn = (date: string) => `<Expiration><Date>${date}</Date></Expiration>`
const noncurrentExpiration = (days: number) =>
  `<NoncurrentVersionExpiration><NoncurrentDays>${days}</NoncurrentDays></NoncurrentVersionExpiration>`
const noncurrentTransition = (days: number, storageClass = 'GLACIER') =>
  `<NoncurrentVersionTransition><NoncurrentDays>${days}</NoncurrentDays><StorageClass>${storageClass}</StorageClass></NoncurrentVersionTransition>`

/** Each rejected document with an accepted one that differs only in the rejected part. */
export const invalid: [name: string, refused: string, answer: string, accepted: string][] = [
  ['no rules', '', MalformedXML, rule()],
  ['more than 1000 rules', many(1001), MalformedXML, many(1000)],
  ['two rules of one ID', rule() + rule(), InvalidArgument, rule() + rule({ id: '<ID>b</ID>' })],
  [
    'an ID of 256 characters',
    rule({ id: `<ID>${'x'.repeat(256)}</ID>` }),
    InvalidArgument,
    rule({ id: `<ID>${'x'.repeat(255)}</ID>` }),
  ],
  ['an unknown status', rule({ status: 'enabled' }), MalformedXML, rule({ status: 'Disabled' })],
  ['no status', rule().replace(/<Status>.*<\/Status>/, ''), MalformedXML, rule()],
  ['two statuses', rule().replace('<Status>', '<Status>Enabled</Status><Status>'), MalformedXML, rule()],
  ['neither filter nor prefix', rule({ filter: '' }), MalformedXML, rule({ filter: '<Prefix/>' })],
  [
    'a filter and a prefix',
    rule({ filter: '<Filter/><Prefix>a</Prefix>' }),
    MalformedXML,
    rule({ filter: '<Prefix>a</Prefix>' }),
  ],
  [
    'a rule with a filter beside one with a prefix',
    rule() + rule({ id: '', filter: '<Prefix>b</Prefix>' }),
    InvalidRequest,
    rule() + rule({ id: '', filter: filter('<Prefix>b</Prefix>') }),
  ],
  [
    'a filter with two conditions and no And',
    rule({ filter: filter(`<Prefix>a</Prefix>${tag('k')}`) }),
    MalformedXML,
    rule({ filter: and(`<Prefix>a</Prefix>${tag('k')}`) }),
  ],
  ['And of one', rule({ filter: and(tag('k')) }), MalformedXML, rule({ filter: filter(tag('k')) })],
  [
    'an unknown element in a filter',
    rule({ filter: filter('<Suffix>a</Suffix>') }),
    MalformedXML,
    rule({ filter: filter('<Prefix>a</Prefix>') }),
  ],
  [
    'a prefix of 1025 bytes',
    rule({ filter: filter(`<Prefix>${'x'.repeat(1025)}</Prefix>`) }),
    InvalidRequest,
    rule({ filter: filter(`<Prefix>${'x'.repeat(1024)}</Prefix>`) }),
  ],
  ['a tag without a key', rule({ filter: filter(tag('')) }), InvalidTag, rule({ filter: filter(tag('k')) })],
  [
    'a tag value of 257 characters',
    rule({ filter: filter(tag('k', 'x'.repeat(257))) }),
    InvalidTag,
    rule({ filter: filter(tag('k', 'x'.repeat(256))) }),
  ],
  [
    'a tag key twice',
    rule({ filter: and(tag('k') + tag('k')) }),
    InvalidRequest,
    rule({ filter: and(tag('k') + tag('l')) }),
  ],
  [
    'sizes that exclude each other',
    rule({
      filter: and(
        '<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan><ObjectSizeLessThan>10</ObjectSizeLessThan>',
      ),
    }),
    InvalidRequest,
    rule({
      filter: and(
        '<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan><ObjectSizeLessThan>11</ObjectSizeLessThan>',
      ),
    }),
  ],
  [
    'a negative size',
    rule({ filter: filter('<ObjectSizeGreaterThan>-1</ObjectSizeGreaterThan>') }),
    InvalidRequest,
    rule({ filter: filter('<ObjectSizeGreaterThan>0</ObjectSizeGreaterThan>') }),
  ],
  ['no action', rule({ action: '' }), InvalidRequest, rule({ action: abort(1) })],
  ['an unknown action', rule({ action: `${expire(1)}<Delete/>` }), MalformedXML, rule({ action: expire(1) })],
  ['an expiration of 0 days', rule({ action: expire(0) }), InvalidArgument, rule({ action: expire(1) })],
  ['an expiration of -1 days', rule({ action: expire(-1) }), InvalidArgument, rule({ action: expire(1) })],
  ['an expiration of 1.5 days', rule({ action: expire(1.5) }), MalformedXML, rule({ action: expire(2) })],
  [
    'an expiration of "soon" days',
    rule({ action: expire('soon') }),
    MalformedXML,
    rule({ action: expire(3) }),
  ],
  [
    'an expiration of 2^31 days',
    rule({ action: expire(2 ** 31) }),
    MalformedXML,
    rule({ action: expire(2 ** 31 - 1) }),
  ],
  ['an empty expiration', rule({ action: '<Expiration/>' }), MalformedXML, rule()],
  [
    'days and a date',
    rule({ action: '<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>' }),
    MalformedXML,
    rule({ action: '<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>' }),
  ],
  [
    'a date that is not midnight',
    rule({ action: '<Expiration><Date>2030-01-01T00:00:01Z</Date></Expiration>' }),
    InvalidArgument,
    rule({ action: '<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>' }),
  ],
  [
    'midnight of another zone',
    rule({ action: '<Expiration><Date>2030-01-01T00:00:00+09:00</Date></Expiration>' }),
    InvalidArgument,
    rule({ action: '<Expiration><Date>2030-01-01T09:00:00+09:00</Date></Expiration>' }),
  ],
  [
    'an invalid date',
    rule({ action: '<Expiration><Date>20300101</Date></Expiration>' }),
    MalformedXML,
    rule({ action: '<Expiration><Date>2030-01-01</Date></Expiration>' }),
  ],
  [
    'a delete marker and days',
    rule({
      action:
        '<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>',
    }),
    MalformedXML,
    rule({ action: '<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>' }),
  ],
  [
    'a delete marker and tags',
    rule({
      filter: filter(tag('k')),
      action: '<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>',
    }),
    InvalidRequest,
    rule({ action: '<Expiration><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker></Expiration>' }),
  ],
  ['abort after 0 days', rule({ action: abort(0) }), InvalidArgument, rule({ action: abort(1) })],
  [
    'abort without days',
    rule({ action: '<AbortIncompleteMultipartUpload/>' }),
    MalformedXML,
    rule({ action: abort(7) }),
  ],
  [
    'abort with tags',
    rule({ filter: filter(tag('k')), action: abort(1) }),
    InvalidRequest,
    rule({ filter: filter('<Prefix>k</Prefix>'), action: abort(1) }),
  ],
  [
    'abort with tags in And',
    rule({ filter: and(`<Prefix>a</Prefix>${tag('k')}`), action: abort(1) }),
    InvalidRequest,
    rule({ filter: and(`<Prefix>a</Prefix>${tag('k')}`), action: expire(1) }),
  ],
  [
    'abort with a size',
    rule({ filter: filter('<ObjectSizeLessThan>5</ObjectSizeLessThan>'), action: abort(1) }),
    InvalidRequest,
    rule({ filter: filter('<ObjectSizeLessThan>5</ObjectSizeLessThan>'), action: expire(1) }),
  ],
  [
    'a transition to an unknown class',
    rule({ action: transition('<Days>1</Days>', 'ICE') }),
    MalformedXML,
    rule({ action: transition('<Days>1</Days>', 'DEEP_ARCHIVE') }),
  ],
  [
    'a transition without a time',
    rule({ action: transition('') }),
    MalformedXML,
    rule({ action: transition('<Days>0</Days>') }),
  ],
  [
    'a transition to STANDARD_IA before 30 days',
    rule({ action: transition('<Days>29</Days>', 'STANDARD_IA') }),
    InvalidArgument,
    rule({ action: transition('<Days>30</Days>', 'STANDARD_IA') }),
  ],
  [
    'two transitions to one class',
    rule({ action: transition('<Days>1</Days>') + transition('<Days>2</Days>') }),
    InvalidRequest,
    rule({ action: transition('<Days>1</Days>') + transition('<Days>2</Days>', 'DEEP_ARCHIVE') }),
  ],
  [
    'an expiration before the transition',
    rule({ action: transition('<Days>10</Days>') + expire(10) }),
    InvalidArgument,
    rule({ action: transition('<Days>10</Days>') + expire(11) }),
  ],
  [
    'days in one action and a date in another',
    rule({ action: transition('<Date>2030-01-01T00:00:00Z</Date>') + expire(10) }),
    InvalidRequest,
    rule({
      action: `${transition('<Date>2030-01-01T00:00:00Z</Date>')}<Expiration><Date>2031-01-01T00:00:00Z</Date></Expiration>`,
    }),
  ],
  [
    'noncurrent versions for 0 days',
    rule({
      action: '<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>',
    }),
    InvalidArgument,
    rule({
      action: '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>',
    }),
  ],
  [
    '101 newer noncurrent versions',
    rule({
      action:
        '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
    }),
    InvalidArgument,
    rule({
      action:
        '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>100</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
    }),
  ],
  [
    'two noncurrent transitions to one class',
    rule({ action: noncurrentTransition(1) + noncurrentTransition(2) }),
    InvalidRequest,
    rule({ action: noncurrentTransition(1) + noncurrentTransition(2, 'DEEP_ARCHIVE') }),
  ],
  [
    'a noncurrent expiration before the transition',
    rule({ action: noncurrentTransition(30) + noncurrentExpiration(30) }),
    InvalidArgument,
    rule({ action: noncurrentTransition(30) + noncurrentExpiration(31) }),
  ],
  [
    'a date of the expiration before that of the transition',
    rule({ action: transition('<Date>2030-01-02T00:00:00Z</Date>') + expireOn('2030-01-02T00:00:00Z') }),
    InvalidArgument,
    rule({ action: transition('<Date>2030-01-02T00:00:00Z</Date>') + expireOn('2030-01-03T00:00:00Z') }),
  ],
  [
    'February 31',
    rule({ action: expireOn('2030-02-31T00:00:00Z') }),
    MalformedXML,
    rule({ action: expireOn('2030-02-28T00:00:00Z') }),
  ],
  [
    'days with an element',
    rule({ action: '<Expiration><Days>1<x/></Days></Expiration>' }),
    MalformedXML,
    rule({ action: expire(1) }),
  ],
  ['an unknown element', `${rule()}<Rules/>`, MalformedXML, rule()],
]
