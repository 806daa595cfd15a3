/** Key of the names of classes in the metadata of a weights file. */
export const CLASS_NAMES_KEY = 'kdx.classNames';

/** Metadata of a weights file that names the classes, in the order of the class head's outputs. */
export const classNamesMetadata = (classNames: readonly string[]): Readonly<Record<string, string>> => ({
  [CLASS_NAMES_KEY]: JSON.stringify(classNames),
});
