# What nobody should do: node_modules as npm made them on Debian, in an image of Alpine.
FROM node:24-alpine
WORKDIR /app
COPY --from=server:24-slim /app ./
USER node
CMD ["node", "dist/server.js"]
