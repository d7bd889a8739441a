package fieldsfile

const MaxSize = maxSize
