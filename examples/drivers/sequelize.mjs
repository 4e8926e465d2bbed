import { getLakebasePostgresToken } from 'lakebase-token';
import { QueryTypes, Sequelize } from 'sequelize';

export function connect({ user, ssl, ...address }) {
  const sequelize = new Sequelize({
    dialect: 'postgres',
    ...address,
    username: user,
    dialectOptions: { ssl },
    // Its password is a string; the hook sets it before each login.
    hooks: {
      async beforeConnect(config) {
        config.password = await getLakebasePostgresToken();
      },
    },
    logging: false,
  });

  return {
    query: (sql) => sequelize.query(sql, { type: QueryTypes.SELECT }),
    close: () => sequelize.close(),
  };
}
