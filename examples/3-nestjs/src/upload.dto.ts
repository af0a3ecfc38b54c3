import { ApiProperty } from '@nestjs/swagger'
import { IsIn, IsInt, IsNotEmpty, IsString, Max, MaxLength, Min } from 'class-validator'
import { maxSize } from '../../shared/server/images.ts'

const types = ['image/jpeg', 'image/png', 'image/webp']

export class PresignDto {
  @ApiProperty({ example: 'beach.jpg' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(255)
  readonly filename!: string

  @ApiProperty({ enum: types })
  @IsIn(types)
  readonly contentType!: string
}

export class PresignPostDto extends PresignDto {
  @ApiProperty({ description: 'Exact size in bytes', maximum: maxSize })
  @IsInt()
  @Min(1)
  @Max(maxSize)
  readonly size!: number
}

export class PresignedUrlDto {
  @ApiProperty({ description: 'PUT the file here, with its Content-Type' })
  readonly url!: string

  @ApiProperty()
  readonly key!: string
}

export class PresignedPostDto extends PresignedUrlDto {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly fields!: Record<string, string>
}

export class KeyDto {
  @ApiProperty()
  @IsString()
  @MaxLength(255)
  readonly key!: string
}
