const { getLakebasePostgresToken } = require('lakebase-token');

getLakebasePostgresToken().then((token) => console.log(JSON.stringify(token)));
