/** Work that is done once for each object: designs and scenes are replaced, never changed. */

export function once<Key extends object, Found>(work: (key: Key) => Found): (key: Key) => Found {
  const kept = new WeakMap<Key, { found: Found }>()
  return (key) => {
    let entry = kept.get(key)
    if (!entry) {
      entry = { found: work(key) }
      kept.set(key, entry)
    }
    return entry.found
  }
}
