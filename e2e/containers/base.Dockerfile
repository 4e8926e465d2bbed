# Of what base_images.sh has laid out: what an image of Node.js has.
FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin
# As Docker does in a container.
ENV HOSTNAME=name-of-the-container
# Nothing is sent out while this is checked.
ENV NEXT_TELEMETRY_DISABLED=1
CMD ["node"]
