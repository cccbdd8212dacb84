// The time that ages and durations on the page are counted to: once a second for all of them.

class Time {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, 1000);
  }
}

export const time = new Time();
