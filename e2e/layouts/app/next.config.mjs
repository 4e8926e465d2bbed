// Nothing, unless a check says otherwise.
export default JSON.parse(process.env.APP_CONFIG ?? '{}');
