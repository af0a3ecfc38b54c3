import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A document in the app's list. */
export interface Document {
  /** The upload's id. */
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly status: 'checking' | 'ready' | 'refused'
  /** Key of the stored file. */
  readonly key?: string
}

/** A file that waits for its scan. */
export interface ScanJob {
  readonly key: string
  readonly etag: string
  /** Ends the upload after the scan. */
  readonly token: string
}

interface Tables {
  documents: Record<string, Document>
  jobs: Record<string, ScanJob>
}

/** The app's data in a file, so that it survives a restart. Replace it with your database and your job queue. */
export function openTables(path: string) {
  const tables: Tables = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Tables) // this file writes it
    : { documents: {}, jobs: {} }
  const save = () => {
    writeFileSync(`${path}.new`, JSON.stringify(tables))
    renameSync(`${path}.new`, path)
  }
  return {
    documentsOf: (owner: string) => Object.values(tables.documents).filter((each) => each.owner === owner),
    /** Adds a document or changes it. With `isNew`, keeps one that exists. */
    put(document: Document, isNew = false) {
      if (!isNew || !tables.documents[document.id]) tables.documents[document.id] = document
      save()
    },
    refuse(id: string) {
      const document = tables.documents[id]
      if (document) tables.documents[id] = { ...document, status: 'refused' }
      save()
    },
    jobs: () => Object.entries(tables.jobs),
    addJob(name: string, job: ScanJob) {
      if (tables.jobs[name]) return false
      tables.jobs[name] = job
      save()
      return true
    },
    endJob(name: string) {
      delete tables.jobs[name]
      save()
    },
  }
}
