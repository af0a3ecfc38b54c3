import 'reflect-metadata'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import { toNodeHandler } from 'putaway/server'
import type { UploadHandler } from 'putaway/server'

/** Starts a server of each framework with the upload handler, as docs/server.md mounts it. */
export const frameworks: Readonly<Record<string, (uploads: UploadHandler) => Promise<Server>>> = {
  'node:http': async (uploads) => createServer(toNodeHandler(uploads)),

  async Express(uploads) {
    const app = express()
    app.use(express.json())
    app.all('/api/uploads', toNodeHandler(uploads))
    return createServer(app)
  },

  async NestJS(uploads) {
    class AppModule {}
    Module({})(AppModule)
    const app = await NestFactory.create(AppModule, { logger: ['error'] })
    app.use('/api/uploads', toNodeHandler(uploads))
    await app.init()
    return app.getHttpServer() as Server // of the platform Express
  },

  async Fastify(uploads) {
    const app = fastify()
    app.post('/api/uploads', (request, reply) => {
      reply.hijack()
      const { raw, body } = request
      return toNodeHandler(uploads)(Object.assign(raw, { body }), reply.raw)
    })
    await app.ready()
    return app.server
  },

  async Koa(uploads) {
    const app = new Koa()
    app.use(bodyParser())
    app.use(async (context, next) => {
      if (context.path !== '/api/uploads') return next()
      context.respond = false
      return toNodeHandler(uploads)(Object.assign(context.req, { body: context.request.body }), context.res)
    })
    return createServer(app.callback())
  },
}
