export { type CsvOptions, csv, csv as default, csvOptions } from './csv.js';
