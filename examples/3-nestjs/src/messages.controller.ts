import { Body, Controller, Get, Inject, Post } from '@nestjs/common'
import { ApiProperty, ApiTags } from '@nestjs/swagger'
import { ArrayMaxSize, IsString, MaxLength } from 'class-validator'
import type { Chat } from '../../shared/server/chat.ts'
import { maxImages } from '../../shared/server/images.ts'
import type { Storage } from '../../shared/server/storage.ts'
import { Owner } from './owner.ts'
import { CHAT, STORAGE } from './resources.module.ts'

export class MessageDto {
  @ApiProperty()
  @IsString()
  @MaxLength(2000)
  readonly text!: string

  @ApiProperty({ type: [String], description: 'Keys that upload/confirm returned' })
  @IsString({ each: true })
  @ArrayMaxSize(maxImages)
  readonly images!: string[]
}

@ApiTags('messages')
@Controller('api/messages')
export class MessagesController {
  constructor(
    @Inject(CHAT) private readonly chat: Chat,
    @Inject(STORAGE) private readonly storage: Storage,
  ) {}

  @Get()
  list() {
    return this.chat.messages((key) => this.storage.urlOf(process.env.S3_BUCKET ?? 'nest', key))
  }

  @Post()
  async send(@Owner() owner: string, @Body() { text, images }: MessageDto) {
    await this.chat.send(owner, text, images)
    return {}
  }
}
